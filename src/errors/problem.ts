import { catalogue, type ErrorCode } from './catalogue.ts'

/** One fault of an input: its field, the rule that it breaks, and how to correct it. */
export type Fault = { field: string; rule: string; hint: string }

/** An error that is returned to the caller. Thrown anywhere; turned into an answer in one place, by its code. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly faults: readonly Fault[]
  readonly headers: Readonly<Record<string, string>>
  /** What the record of the call says of it beside `detail`, and no answer: it holds no secret either. */
  readonly recorded: Readonly<Record<string, string>>
  /** Whoever threw it tells the log how many there are, so that a flood does not fill it: it has no record of its own. */
  readonly isCounted: boolean

  /** `detail` says what happened in this case; it never holds a secret, a driver's text or a path. */
  constructor(
    code: ErrorCode,
    detail: string,
    more: {
      faults?: readonly Fault[]
      headers?: Record<string, string>
      recorded?: Record<string, string>
      isCounted?: boolean
      cause?: unknown
    } = {},
  ) {
    super(detail, { cause: more.cause })
    this.name = 'Problem'
    this.code = code
    this.status = catalogue[code].status
    this.faults = more.faults ?? []
    this.headers = more.headers ?? {}
    this.recorded = more.recorded ?? {}
    this.isCounted = more.isCounted ?? false
  }
}

/** A Problem with the faults of an input. `detail` defaults to the first of them as a sentence. */
export function invalidInput(code: ErrorCode, faults: readonly Fault[], detail?: string): Problem {
  return new Problem(code, detail ?? `${faults[0]?.field} ${faults[0]?.rule}.`, { faults })
}

/** The media type of an error answer (RFC 9457). */
export const problemType = 'application/problem+json; charset=utf-8'

/** The body of an error answer (RFC 9457), with `code`, `hint`, `requestId` and `errors` as our own members. */
export function problemBody(problem: Problem, requestId: string) {
  const { title, hint, status } = catalogue[problem.code]
  return {
    type: `urn:tracker-link-server:error:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    hint,
    requestId,
    ...(problem.faults.length > 0 && { errors: problem.faults }),
  }
}
