/** Numbers from 0 to `count` - 1: number n comes 1 / (n + 1) times as often as number 0 (Zipf's law with exponent 1). */
export function zipf(count: number, random: () => number): () => number {
  const sums = cumulated(count)
  const total = sums[count - 1] ?? 0
  return () => {
    const wanted = random() * total
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

const known = new Map<number, Float64Array>()

function cumulated(count: number): Float64Array {
  const sums = known.get(count) ?? new Float64Array(count)
  if (!known.has(count)) for (let n = 0, sum = 0; n < count; n++) sums[n] = sum += 1 / (n + 1)
  known.set(count, sums)
  return sums
}

/** Random numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
