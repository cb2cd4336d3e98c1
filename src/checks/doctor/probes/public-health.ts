import { errorCode } from '../../../errors/error-code.ts'
import { noPage } from '../../../errors/no-page.ts'
import { isRequestId } from '../../../logging/call.ts'
import { asEscape, steering } from '../../../values/shell-word.ts'

/** Who answers `GET /health`: this server, another program, or nobody. `told`: what a person may see of the answer. */
export type HealthAnswer =
  | { kind: 'ours' }
  | { kind: 'foreign'; status: number; told: string }
  | { kind: 'none'; because: string }

/** Characters of a foreign answer that are shown. */
const mostShown = 200

/** Asks the public address for its health, as a load balancer does. Never rejects. */
export async function lookAtHealth({ origin }: URL, signal: AbortSignal): Promise<HealthAnswer> {
  try {
    const answer = await fetch(`${origin}/health`, { redirect: 'manual', signal })
    const { status, headers } = answer
    const text = await beginningOf(answer)
    if ((status === 200 || status === 503) && text === '' && isMarked(headers)) return { kind: 'ours' }
    const to = headers.get('location')
    const told = [to === null ? '' : ` to ${quoted(to)}`, text === '' ? ' without a body' : `: ${quoted(text)}`]
    return { kind: 'foreign', status, told: told.join('') }
  } catch (error) {
    if (signal.aborted) return { kind: 'none', because: 'no answer in time' }
    return { kind: 'none', because: errorCode((error as Error).cause ?? error) }
  }
}

/**
 * The health of this server has no body, so that its headers have to tell it from another program's: the id of the request, or
 * the policy of an answer that is no page. A proxy may add its own to either, or put its own in the place of one.
 */
function isMarked(headers: Headers): boolean {
  const valuesOf = (name: string) => (headers.get(name) ?? '').split(',').map(value => value.trim())
  return (
    valuesOf('x-request-id').some(isRequestId) ||
    valuesOf('content-security-policy').includes(noPage['content-security-policy'])
  )
}

const quoted = (text: string) => JSON.stringify(text.slice(0, mostShown)).replace(steering, asEscape)

async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const part of body ?? []) {
      text += decoder.decode(part, { stream: true })
      if (text.length >= mostShown) break
    }
  } catch {
    // The head tells who answers; a body that does not end is shown as far as it came.
  }
  return text
}
