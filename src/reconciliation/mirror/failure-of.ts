import { TrackerError } from '../../tracker-client/tracker-error.ts'
import type { Answer, FailureCode, Step } from './protocol.ts'

/** What an error of a step means. Undefined: nothing was sent, or Tracker asked for a pause: it is no try at all. Throws other errors. */
export function answerOfError(error: unknown, step: Step): Answer | undefined {
  if (isOutOfTime(error)) return undefined
  if (!(error instanceof TrackerError)) throw error
  if (error.status === 429) return undefined
  if (step.kind === 'add' && (error.status === 409 || error.status === 422)) return { kind: 'exists' }
  return { kind: 'failed', failure: { code: codeOf(error, step), detail: error.message } }
}

/** The signal of a step aborts once its lease could end before an answer comes. */
const isOutOfTime = (error: unknown) =>
  error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError')

function codeOf({ failure, status = 0 }: TrackerError, step: Step): FailureCode {
  const known = codes[status]
  if (known !== undefined) return known
  if (failure === 'unreachable') return 'tracker-away'
  // No answer, one that cannot be read, or one of a server that failed on the way: it may have been done.
  if (failure !== 'refused' || status >= 500) return step.kind === 'look' ? 'tracker-away' : 'outcome-unknown'
  return status >= 400 && status !== 409 ? 'link-refused' : 'tracker-away'
}

const codes: Readonly<Record<number, FailureCode>> = {
  401: 'token-refused',
  403: 'rights-missing',
  404: 'issue-unknown',
  423: 'issue-locked',
}
