import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseOut } from '../../storage/database/connection/database-problem.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'

/** Milliseconds between two tries while Tracker or the database is away: doubled each time. */
export type Pauses = { first: number; longest: number }

const usualPauses: Pauses = { first: 1_000, longest: 60_000 }

/** Waits with a run for a Tracker that is away: all its requests wait together, so that few are sent until it is back. */
export type Patience = {
  signal: AbortSignal
  pauses: Pauses
  /** Tracker is away, or (undefined) back. */
  tell: (reason: string | undefined) => void
  waiting: Promise<unknown> | undefined
  nextPause: number
  succeeded: number
  isAway: boolean
}

export const createPatience = (
  signal: AbortSignal,
  tell: Patience['tell'],
  pauses: Pauses = usualPauses,
): Patience => ({
  signal,
  pauses,
  tell,
  waiting: undefined,
  nextPause: pauses.first,
  succeeded: 0,
  isAway: false,
})

/** If a request fails so often, and others succeed between each two times, Tracker is not away: it fails at this one. */
const mostTries = 5

/** Asks Tracker until it answers. Throws its refusals, and the reason of the signal. */
export async function patiently<T>(patience: Patience, ask: () => Promise<T>): Promise<T> {
  let succeeded = -1
  for (let tries = 0; ; ) {
    await patience.waiting
    patience.signal.throwIfAborted()
    try {
      const answer = await ask()
      noteSuccess(patience)
      return answer
    } catch (error) {
      if (patience.succeeded > succeeded) tries++
      succeeded = patience.succeeded
      if (!isPassing(error) || tries >= mostTries) throw error
      noteFailure(patience, error)
    }
  }
}

function noteSuccess(patience: Patience): void {
  patience.succeeded++
  patience.nextPause = patience.pauses.first
  if (patience.isAway) patience.tell(undefined)
  patience.isAway = false
}

function noteFailure(patience: Patience, error: TrackerError): void {
  const { pauses, signal, nextPause } = patience
  if (patience.waiting !== undefined) return
  if (!patience.isAway) patience.tell(error.message)
  patience.isAway = true
  patience.nextPause = Math.min(2 * nextPause, pauses.longest)
  patience.waiting = sleep(nextPause, undefined, { signal })
    .catch(() => undefined)
    .finally(() => {
      patience.waiting = undefined
    })
}

/** Whether it passes: Tracker is away, overloaded, or fails at the moment. */
const isPassing = (error: unknown): error is TrackerError =>
  error instanceof TrackerError &&
  (error.failure === 'unreachable' ||
    error.failure === 'unanswered' ||
    error.status === 429 ||
    (error.status ?? 0) >= 500)

/** Milliseconds between two tries while the database is away. */
const databasePauses: Pauses = { first: 100, longest: 2_000 }

/** Does work on the database, again and again while it is away: the work must be harmless when repeated. */
export async function whenDatabaseAnswers<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let pause = databasePauses.first; ; pause = Math.min(2 * pause, databasePauses.longest))
    try {
      return await work()
    } catch (error) {
      if (!isDatabaseOut(error)) throw error
      await sleep(pause, undefined, { signal }).catch(() => undefined)
      signal.throwIfAborted()
    }
}
