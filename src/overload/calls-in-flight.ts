/**
 * The calls of one class that have begun and not ended, in all and by application. They wait for the same thing, so that a
 * limit on them is a limit on how long each waits.
 */
export type CallsInFlight = {
  /** A class may have so many at the same time. */
  most: number
  /** So many are always let in, however slow their answers are. */
  sure: number
  /** Milliseconds that a call may be expected to take, by the rate at which others ended lately. */
  patience: number
  now: () => number
  total: number
  byApplication: Map<string, number>
  /** So many have ended, since the process began. */
  done: number
  /** What ended since `from`; begins anew if nothing is in flight, and after each `span`. */
  ended: { count: number; from: number }
  /** Calls a millisecond, in the last whole span; Infinity while nothing is known. */
  rate: number
}

/** Milliseconds over which the rate is measured. */
const span = 1_000

export const callsInFlight = (
  limits: Pick<CallsInFlight, 'most' | 'sure' | 'patience'>,
  now = () => performance.now(),
): CallsInFlight => ({
  ...limits,
  now,
  total: 0,
  byApplication: new Map(),
  done: 0,
  ended: { count: 0, from: now() },
  rate: Infinity,
})

/** Whether another call would wait too long, unless its application has less than its share. */
export function isPressed(calls: CallsInFlight): boolean {
  if (calls.total < calls.sure) return false
  return calls.total >= calls.most || calls.total / rateOf(calls) > calls.patience
}

/**
 * Whether a call of an application may not begin: others would wait too long for it. An application that has less in flight
 * than its share may always begin one, so that it is not shut out by another's flood.
 */
export function isFull(calls: CallsInFlight, applicationId: string): boolean {
  if (!isPressed(calls)) return false
  const own = calls.byApplication.get(applicationId) ?? 0
  const applications = calls.byApplication.size + (own === 0 ? 1 : 0)
  return own >= Math.floor(Math.min(calls.total, calls.most) / applications)
}

function rateOf({ ended, rate, now }: CallsInFlight): number {
  const elapsed = now() - ended.from
  return elapsed < span ? rate : ended.count / elapsed
}

/** Counts a call as in flight until its work settles. */
export async function inFlight<T>(calls: CallsInFlight, applicationId: string, work: Promise<T>): Promise<T> {
  begin(calls, applicationId)
  try {
    return await work
  } finally {
    end(calls, applicationId)
  }
}

function begin(calls: CallsInFlight, applicationId: string): void {
  if (calls.total === 0) {
    calls.ended = { count: 0, from: calls.now() }
    calls.rate = Infinity
  }
  calls.total++
  calls.byApplication.set(applicationId, (calls.byApplication.get(applicationId) ?? 0) + 1)
}

function end(calls: CallsInFlight, applicationId: string): void {
  calls.total--
  calls.done++
  const left = (calls.byApplication.get(applicationId) as number) - 1
  if (left === 0) calls.byApplication.delete(applicationId)
  else calls.byApplication.set(applicationId, left)
  const { ended } = calls
  ended.count++
  if (ended.count % 32 !== 0) return
  const elapsed = calls.now() - ended.from
  if (elapsed < span) return
  calls.rate = ended.count / elapsed
  calls.ended = { count: 0, from: calls.now() }
}
