/** The figures of several rounds, and what a table shows of them. */
export type Figure = { median: number; least: number; most: number; rounds: number[] }

/** The median of at least one number; of an even count the mean of the two in the middle. */
export function figure(rounds: readonly number[]): Figure {
  const sorted = rounds.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return {
    median: (low + high) / 2,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
    rounds: [...rounds],
  }
}

/** The spread of the rounds, as a part of their median. */
export const spread = ({ median, least, most }: Figure): number => (most - least) / median
