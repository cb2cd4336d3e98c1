/** How a request to Tracker failed: nothing was sent, no answer came, the answer cannot be read, or its status says so. */
type Failure = 'unreachable' | 'unanswered' | 'not-understood' | 'refused'

/**
 * A request to Tracker that failed, told for whoever runs the program: what happened, what to do, and Tracker's own words. It
 * never holds the token, nor a text of the HTTP client, which may quote a header.
 */
export class TrackerError extends Error {
  readonly failure: Failure
  /** The status that Tracker answered with. */
  readonly status: number | undefined
  /** Tracker's own words: `errorMessages`, and `errors` by their fields. */
  readonly words: readonly string[]
  /** A write that Tracker may have done all the same: look before it is sent again. */
  readonly mayBeDone: boolean

  constructor(
    failure: Failure,
    message: string,
    { status, words = [], mayBeDone = false }: { status?: number; words?: readonly string[]; mayBeDone?: boolean } = {},
  ) {
    const unsure = mayBeDone ? ' Whether Tracker did it all the same is not known: look before you repeat it.' : ''
    const said = words.length > 0 ? ` Tracker says: ${words.join('; ')}` : ''
    super(`${message}${unsure}${said}`)
    this.name = 'TrackerError'
    this.failure = failure
    this.status = status
    this.words = words
    this.mayBeDone = mayBeDone
  }
}

/** An answer that has not the form of Tracker's documents. `what` names it: "a remote link without an id". */
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
    return 'it sends the request elsewhere, which is not followed. Check `url` of the organization.'
  if (status >= 500) return 'it failed. Try again later.'
  return 'its documents do not name this answer. Check `url` of the organization.'
}

const meanings: Record<number, string> = {
  400: 'a parameter has a wrong value or form. Correct what Tracker names.',
  401: 'the token is wrong or has run out. Put a valid one into the configuration (an IAM token lives for 12 hours at most), and check its `scheme`: OAuth for OAuth tokens, Bearer for IAM tokens.',
  403: "either the organization is not found, or the token's user may not do this. Check the organization id and the kind of its header (`kind: yandex360` sends X-Org-ID, `kind: cloud` sends X-Cloud-Org-ID); then the rights of the user: importing links takes an administrator.",
  404: 'there is no such thing. Check the key or the id, and that the user of the token may see it.',
  409: 'it was changed by somebody else at the same time, or is there already. Read it again, then repeat.',
  412: 'the version named in the request is not the present one. Read it again, then repeat.',
  413: 'the request is too large. Send less at a time.',
  422: 'the values did not pass its checks. Correct what Tracker names.',
  423: 'the issue can be edited no more: it has reached its highest version (10,100 for robots, 11,100 for users). No way back is documented; use another issue.',
  428: 'the version of the issue is missing in the request. Name the present one.',
  429: 'too many requests came. Wait a while, and lower `rate` of the organization if it happens again.',
  500: 'it failed inside. Try again later.',
  503: 'it is not available for the moment. Try again later.',
}

const mostWords = 5
const longestWord = 300

/** Tracker's own words in the body of a refusal, without the token. */
export function readWords(body: unknown, token: string): string[] {
  const { errors, errorMessages } = Object(body) as { errors?: unknown; errorMessages?: unknown }
  const general = Array.isArray(errorMessages) ? errorMessages : []
  const ofFields = Object.entries(Object(errors) as object).map(([field, words]) => `${field}: ${String(words)}`)
  return [...general, ...ofFields]
    .filter(words => typeof words === 'string' && words.trim() !== '')
    .slice(0, mostWords)
    .map((words: string) => words.replaceAll(token, '…').slice(0, longestWord))
}
