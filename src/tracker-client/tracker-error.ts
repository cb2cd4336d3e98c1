import { asEscape, steering } from '../values/shell-word.ts'

/** How a request to Tracker failed: it was not sent, no answer came, the answer cannot be read, or its status is an error. */
type Failure = 'unreachable' | 'unanswered' | 'not-understood' | 'refused'

/**
 * A request to Tracker that failed, for the person who runs the program: what happened, what to do, and Tracker's own words. It
 * never contains the token, nor a message of the HTTP client, which may quote a header.
 */
export class TrackerError extends Error {
  readonly failure: Failure
  /** The status that Tracker answered with. */
  readonly status: number | undefined
  /** Tracker's own words: `errorMessages`, and `errors` by their fields. */
  readonly words: readonly string[]
  /** Whether it is a write that Tracker may have done nevertheless: look before it is sent again. */
  readonly mayBeDone: boolean

  constructor(
    failure: Failure,
    message: string,
    { status, words = [], mayBeDone = false }: { status?: number; words?: readonly string[]; mayBeDone?: boolean } = {},
  ) {
    const unsure = mayBeDone ? ' Tracker may have done it nevertheless: look before you repeat it.' : ''
    const said = words.length > 0 ? ` Tracker says: ${words.join('; ')}` : ''
    super(`${message}${unsure}${said}`)
    this.name = 'TrackerError'
    this.failure = failure
    this.status = status
    this.words = words
    this.mayBeDone = mayBeDone
  }
}

/** For an answer that differs from Tracker's documents. `what` names the difference: "the id of a link is missing". */
export const notUnderstood = (what: string) =>
  new TrackerError(
    'not-understood',
    `Tracker's answer was not understood: ${what}. Check that \`url\` of the organization is the address of Tracker's API.`,
  )

/** What a status means and what to do about it (tracker contract, section 9). */
export function statusInWords(status: number): string {
  const known = meanings[status]
  if (known) return known
  if (status >= 300 && status < 400)
    return 'it redirects the request; redirects are not followed. Check `url` of the organization.'
  if (status >= 500) return 'it failed. Try again later.'
  return 'its documents do not name this answer. Check `url` of the organization.'
}

const meanings: Record<number, string> = {
  400: 'a parameter has a wrong value or form. Correct what Tracker names.',
  401: 'the token is wrong or has expired. Put a valid one into the configuration (an IAM token lives for 12 hours at most), and check its `scheme`: OAuth for OAuth tokens, Bearer for IAM tokens.',
  403: "either the organization is not found, or the token's user may not do this. Check the organization id and its `kind` (`yandex360` sends X-Org-ID, `cloud` sends X-Cloud-Org-ID); then the rights of the user: importing links takes an administrator.",
  404: 'it does not exist. Check the key or the id, and that the user of the token may see it.',
  409: 'somebody else changed it at the same time, or it exists already. Read it again, then repeat.',
  412: 'the version in the request is not the present one. Read it again, then repeat.',
  413: 'the request is too large. Send less at a time.',
  422: 'the values did not pass its checks. Correct what Tracker names.',
  423: 'the issue can no longer be edited: it has reached its highest version (10,100 for robots, 11,100 for users). Tracker documents no way back; use another issue.',
  428: 'the version of the issue is missing in the request. Name the present one.',
  429: 'there were too many requests. Wait a while, and lower `rate` of the organization if it happens again.',
  500: 'it failed inside. Try again later.',
  503: 'it is not available at the moment. Try again later.',
}

const mostWords = 5
const longestWord = 300

/** Tracker's own words in the body of a refusal, without the token, and without what can be neither stored nor shown. */
export function readWords(body: unknown, token: string): string[] {
  const { errors, errorMessages } = Object(body) as { errors?: unknown; errorMessages?: unknown }
  const general = Array.isArray(errorMessages) ? errorMessages : []
  const ofFields = Object.entries(Object(errors) as object).map(([field, words]) => `${field}: ${String(words)}`)
  return [...general, ...ofFields]
    .filter(words => typeof words === 'string' && words.trim() !== '')
    .slice(0, mostWords)
    .map((words: string) =>
      words
        .replaceAll(token, '…')
        .replaceAll(/\s+/g, ' ')
        .replaceAll(steering, asEscape)
        .slice(0, longestWord)
        .toWellFormed(),
    )
}
