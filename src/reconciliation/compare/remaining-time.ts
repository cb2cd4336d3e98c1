/** The work that is left, and how fast it is done. Weights are requests. */
export type Pace = { began: number; doneBefore: number }

/** Before this part of the work is done nothing can be said. */
const leastPart = 0.02

/** Seconds until all is done, at the rate since the work began (or went on); undefined as long as that says little. */
export function secondsLeft(
  { began, doneBefore }: Pace,
  { done, inAll, now }: { done: number; inAll: number; now: number },
): number | undefined {
  const doneSince = done - doneBefore
  if (doneSince <= 0 || doneSince < leastPart * (inAll - doneBefore)) return undefined
  return (((inAll - done) / doneSince) * (now - began)) / 1_000
}
