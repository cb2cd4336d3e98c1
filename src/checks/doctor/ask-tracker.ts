import type { Application } from '../../config/schema.ts'
import { TrackerError } from '../../tracker-client/tracker-error.ts'
import type { Ground } from './probe.ts'

type Tracker = Exclude<ReturnType<Ground['trackerOf']>, undefined>
type Calls = ReturnType<Tracker['within']>

/** Milliseconds: of one request, which cannot be cut short, and of all that is asked. */
const longest = { request: 3_000, all: 4_000 }

/** Why Tracker gave no answer. `status`: it answered with this one. */
export type NoAnswer = { status?: number; because: string }

/** Asks the Tracker of an application, each thing once; undefined: it has no organization. Throws if `signal` is aborted. */
export async function askTracker<Answer>(
  { trackerOf }: Pick<Ground, 'trackerOf'>,
  application: Application,
  signal: AbortSignal,
  ask: (calls: Calls) => Promise<Answer>,
): Promise<{ answer: Answer } | { failure: NoAnswer } | undefined> {
  const tracker = trackerOf(application)
  if (tracker === undefined) return undefined
  const end = AbortSignal.any([signal, AbortSignal.timeout(longest.all)])
  try {
    return { answer: await ask(tracker.within({ tries: 1, longestMs: longest.request, signal: end })) }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof TrackerError)
      return { failure: { ...(error.status !== undefined && { status: error.status }), because: error.message } }
    if (end.aborted) return { failure: { because: `Tracker did not let us ask within ${longest.all / 1_000} s.` } }
    throw error
  }
}
