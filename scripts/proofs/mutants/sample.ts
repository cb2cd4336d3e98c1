import { isProgram, type Mutation } from './mutation.ts'

/** A sequence of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Some mutations, at most one of a line, so that a long line counts no more than a short one. */
export function sampleOf(
  mutations: readonly Mutation[],
  { count, random, textOf }: { count: number; random: () => number; textOf: (file: string) => string },
): Mutation[] {
  const lines = shuffled([...Map.groupBy(mutations, ({ file, line }) => `${file}:${line}`).values()], random)
  const chosen: Mutation[] = []
  for (const line of lines) {
    if (chosen.length === count) break
    const one = shuffled(line, random).find(mutation => isProgram(textOf(mutation.file), mutation))
    if (one) chosen.push(one)
  }
  return chosen
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const mixed = [...list]
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    ;[mixed[index], mixed[other]] = [mixed[other] as T, mixed[index] as T]
  }
  return mixed
}
