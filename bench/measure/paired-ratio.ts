/** How many times as much one program had as another in the turns that they took beside each other. */
export type PairedRatio = { median: number; low: number; high: number; pairs: number; confidence: number }

/**
 * How sure one interval is. A run compares some fifty pairs of figures, and is read as a whole: with 99.9 % each, all of its intervals
 * hold the true ratios with 95 %. With 95 % each, two or three of fifty would be wrong (docs/decisions/bench-intervals.md).
 */
const sure = 0.999

/**
 * The median of the ratios of pairs, and an interval that holds the true one with 99.9 % at least: the sign test turned round (order
 * statistics), which supposes nothing of how the ratios are spread. With n pairs it reaches from the k-th smallest to the k-th largest,
 * with the largest k for which both tails of the binomial distribution have 0.1 % at most; `confidence` is what is left of that.
 * Undefined for fewer than 11 pairs, which can bear no such interval, and if a figure is no positive number.
 */
export function pairedRatio(
  ours: readonly number[],
  theirs: readonly number[],
  wanted = sure,
): PairedRatio | undefined {
  const pairs = Math.min(ours.length, theirs.length)
  const ratios = Array.from({ length: pairs }, (_, index) => (ours[index] ?? 0) / (theirs[index] ?? 0))
  if (ratios.some(ratio => !Number.isFinite(ratio) || ratio <= 0)) return undefined
  const { rank, confidence } = rankOf(pairs, wanted)
  if (rank === 0) return undefined
  const sorted = ratios.toSorted((one, other) => one - other)
  const at = (place: number) => sorted[place] as number
  return {
    median: (at(Math.ceil(pairs / 2) - 1) + at(Math.floor(pairs / 2))) / 2,
    low: at(rank - 1),
    high: at(pairs - rank),
    pairs,
    confidence,
  }
}

/** The k for n pairs, counted from 1; 0 if there is none. */
export function rankOf(pairs: number, wanted = sure): { rank: number; confidence: number } {
  let rank = 0
  let tail = 0
  let confidence = 0
  // How likely it is that so many of the pairs lie below the true median.
  let chance = 0.5 ** pairs
  for (let below = 0; below < pairs / 2; below++) {
    tail += chance
    if (1 - 2 * tail < wanted) break
    rank = below + 1
    confidence = 1 - 2 * tail
    chance *= (pairs - below) / (below + 1)
  }
  return { rank, confidence }
}

export type State = 'met' | 'missed' | 'cannot tell'

/** Whether a target is met: only if the whole interval says so. */
export function stateOf(ratio: PairedRatio, { least, most }: { least?: number; most?: number }): State {
  const [from, to] = [least ?? -Infinity, most ?? Infinity]
  if (ratio.low >= from && ratio.high <= to) return 'met'
  if (ratio.high < from || ratio.low > to) return 'missed'
  return 'cannot tell'
}
