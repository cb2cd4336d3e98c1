import type { MirrorRow } from '../../storage/mirror/mirror-views.ts'

/**
 * Where a link stands, for its owner. `mirrored`: both sides are alike. `pending`: Tracker is to be told. `failed`: it could not be told, and is
 * tried again. `unsent`: the sides differ, and the application is not mirrored. `unknown`: nothing was heard of it since it is followed.
 */
export type MirrorStateName = (typeof mirrorStates)[number]
export const mirrorStates = ['mirrored', 'pending', 'failed', 'unsent', 'unknown'] as const

export type MirrorState = {
  state: MirrorStateName
  /** Why it failed: a code, and what to do about it. */
  reason?: string
  detail?: string
  /** When it is tried again, unless at once. */
  nextTry?: Date
}

export function mirrorStateOf(row: MirrorRow | undefined, now = new Date()): MirrorState {
  if (row === undefined) return { state: 'unknown' }
  const { wanted, agreed, inDoubt, nextAt, leaseToken, lastError, lastErrorDetail } = row
  const isWaiting = nextAt !== null || leaseToken !== null
  if (!isWaiting) return { state: !inDoubt && wanted === (agreed ?? 'absent') ? 'mirrored' : 'unsent' }
  // The stop of an issue concerns all its links, also those that were not tried.
  if (row.stopReason !== null) return failed(row.stopReason, row.stopDetail, row.stopNextAt, now)
  return lastError === null ? { state: 'pending' } : failed(lastError, lastErrorDetail, nextAt, now)
}

const failed = (reason: string, detail: string | null, nextAt: Date | null, now: Date): MirrorState => ({
  state: 'failed',
  reason,
  ...(detail !== null && { detail }),
  ...(nextAt !== null && nextAt > now && { nextTry: nextAt }),
})
