import { fileURLToPath } from 'node:url'

/** What is read of a CPU profile of V8. Times in microseconds. */
export type CpuProfile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  startTime: number
  endTime: number
  samples: number[]
  timeDeltas: number[]
}

/** A function, and its part of the time in which the program did anything; what it called counts elsewhere. */
export type Share = { name: string; place: string; part: number }

const isRest = /^\((idle|root)\)$/

/** The functions that took the most time themselves between two moments, in seconds before the profile's end. */
export function topOf(profile: CpuProfile, { from, to, most }: { from: number; to: number; most: number }): Share[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const took = new Map<string, number>()
  let now = profile.startTime
  let all = 0
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0
    now += delta
    const before = (profile.endTime - now) / 1e6
    const frame = frames.get(id)
    if (frame === undefined || before > from || before < to || isRest.test(frame.functionName)) continue
    all += delta
    const key = `${frame.functionName || '(anonymous)'}\n${placeOf(frame)}`
    took.set(key, (took.get(key) ?? 0) + delta)
  }
  return [...took]
    .toSorted(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([key, time]) => {
      const [name = '', place = ''] = key.split('\n')
      return { name, place, part: time / all }
    })
}

/** The file from its package or from the checkout, and the line. */
function placeOf({ url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return ''
  const path = url.startsWith('file:') ? fileURLToPath(url) : url
  const parts = path.split('/node_modules/')
  // The last folder of such a name: the checkout may lie below another.
  const [, inside = path] = /.*\/((?:src|bench|dist)\/.*)$/.exec(path) ?? []
  return `${parts.length > 1 ? parts.at(-1) : inside}:${lineNumber + 1}`
}
