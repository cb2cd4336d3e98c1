/**
 * When each cause of failures was last logged. A cause is told once a minute, so that a second one is not hidden by the first;
 * of more than 20 in a minute, those beyond count as one.
 */
export type ToldCauses = Map<string, number>

const pause = 60_000
const mostCauses = 20
const others = 'others'

/** Whether a cause may be told now; then it counts as told. */
export function mayTell(told: ToldCauses, cause: string, now: number): boolean {
  if (!told.has(cause) && told.size >= mostCauses) {
    for (const [one, at] of told) if (now - at >= pause) told.delete(one)
    if (told.size >= mostCauses && cause !== others) return mayTell(told, others, now)
  }
  if (now - (told.get(cause) ?? -Infinity) < pause) return false
  told.set(cause, now)
  return true
}
