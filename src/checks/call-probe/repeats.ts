import type { SeenCall } from '../../storage/calls/sightings.ts'

/** A call that came again with the same keys: how it was answered before, and milliseconds since then. */
export type Repeat = { call: SeenCall; before: SeenCall; after: number }

/** Milliseconds within which a call with the same keys is taken for a repeat. */
export const repeatWindow = 10 * 60_000

export function repeatsOf(calls: readonly SeenCall[]): Repeat[] {
  const last = new Map<string, SeenCall>()
  return calls.flatMap(call => {
    const keys = JSON.stringify([call.call, call.issueKey, call.remoteKeys])
    const before = last.get(keys)
    last.set(keys, call)
    if (call.call === 'unknown' || call.remoteKeys.length === 0 || before === undefined) return []
    const after = call.at.getTime() - before.at.getTime()
    return after <= repeatWindow ? [{ call, before, after }] : []
  })
}

/** Of calls about one object that are no repeats: which call came after which other one. */
export function successionsOf(calls: readonly SeenCall[]): string[] {
  const last = new Map<string, SeenCall>()
  return calls.flatMap(call => {
    const [remoteKey] = call.remoteKeys
    if (remoteKey === undefined) return []
    const before = last.get(remoteKey)
    last.set(remoteKey, call)
    if (before === undefined || before.call === call.call || call.at.getTime() - before.at.getTime() > repeatWindow)
      return []
    return [`${before.call} then ${call.call}`]
  })
}

export const hasFailed = ({ status, brokeOff }: SeenCall): boolean => status >= 400 || brokeOff !== undefined

export const outcomeOf = ({ status, brokeOff }: SeenCall): string =>
  brokeOff !== undefined ? 'no answer in time' : `${Math.floor(status / 100)}xx`
