/**
 * What is logged once a minute only, by its cause: when it was last told, and how often it happened since. So a second cause is not
 * hidden by the first; of more than 20 in a minute, those beyond count as one.
 */
export type ToldCauses = Map<string, { at: number; untold: number }>

const pause = 60_000
const mostCauses = 20
const others = 'others'

/**
 * Notes that something happened, `times` times, and says whether it may be told now: how often it happened since it was last told,
 * or 0 if it was told within the last minute.
 */
export function mayTell(told: ToldCauses, cause: string, now: number, times = 1): number {
  if (!told.has(cause) && told.size >= mostCauses) {
    for (const [one, { at }] of told) if (now - at >= pause) told.delete(one)
    if (told.size >= mostCauses && cause !== others) return mayTell(told, others, now, times)
  }
  const before = told.get(cause) ?? { at: -Infinity, untold: 0 }
  before.untold += times
  if (now - before.at < pause) return 0
  told.set(cause, { at: now, untold: 0 })
  return before.untold
}
