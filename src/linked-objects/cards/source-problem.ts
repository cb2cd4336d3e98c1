import type { ErrorCode } from '../../errors/catalogue.ts'
import { Problem } from '../../errors/problem.ts'
import type { SourceFailure, SourceFailureReason } from '../object-source.ts'

/** The answer for each reason: its code, and what the source did. */
const answers = {
  away: ['source-away', 'cannot be reached, or broke off'],
  slow: ['source-slow', 'gave no answer in time'],
  unauthorized: ['source-unauthorized', 'refused the credentials of this server'],
  failed: ['source-failed', 'failed'],
  'answer-invalid': ['source-answer-invalid', 'gave an answer that is not what its configuration expects'],
  mapping: ['source-answer-invalid', 'gave an answer that is not what its configuration expects: it makes no card'],
  forbidden: ['source-forbidden', 'may not be asked at its address, or at the one to which it redirects'],
  fault: ['source-failed', 'could not be asked, by a fault of this server'],
} as const satisfies Record<SourceFailureReason, readonly [ErrorCode, string]>

/** The codes with which a source may be told to have failed. */
export const sourceErrors = [...new Set(Object.values(answers).map(([code]) => code))]

/**
 * The answer if a source gave no card. Not the failure's message, which may quote what the source said and is for the log: only
 * its reason, and a status or code. `consequence` goes on after "the source failed, ".
 */
export function sourceProblem(
  applicationId: string,
  failure: SourceFailure,
  { consequence, retryAfter }: { consequence: string; retryAfter: number },
): Problem {
  const [code, did] = answers[failure.reason]
  // A code, such as ECONNREFUSED; a place in a module is for the log.
  const mark = failure.status ?? (/^[A-Z\d_]+$/.test(failure.mark ?? '') ? failure.mark : undefined)
  const marked = mark === undefined ? '' : ` (${mark})`
  const how = failure.budget === undefined ? did : `gave no answer within the ${failure.budget} ms that a call waits`
  const rest = failure.isResting ? ', and is left alone for a while' : ''
  const detail = `The source of ${applicationId} ${how}${marked}${rest}, ${consequence}.`
  return new Problem(code, detail, { headers: { 'retry-after': String(retryAfter) }, cause: failure })
}
