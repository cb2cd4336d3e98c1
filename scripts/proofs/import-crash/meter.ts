type Counts = { most: { other: number }; seconds: { other: number; refused: number }[] }

/** Adds up the counts of a sandbox, which `read` asks for. A killed sandbox forgets them: call `forget` before. */
export function createMeter(read: () => Promise<unknown>) {
  const total = { most: 0, requests: 0, refused: 0 }
  let live = { requests: 0, refused: 0 }
  const measure = async () => {
    const { most, seconds } = (await read()) as Counts
    const sum = (name: 'other' | 'refused') => seconds.reduce((sum, second) => sum + second[name], 0)
    const next = { requests: sum('other'), refused: sum('refused') }
    total.most = Math.max(total.most, most.other)
    total.requests += next.requests - live.requests
    total.refused += next.refused - live.refused
    live = next
  }
  return {
    total,
    measure,
    async forget() {
      await measure()
      live = { requests: 0, refused: 0 }
    },
  }
}
