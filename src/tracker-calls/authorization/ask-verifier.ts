import { errorCode } from '../../errors/error-code.ts'
import { Problem } from '../../errors/problem.ts'

const connectMs = 1_000
const totalMs = 3_000
const longestAnswer = 64 * 1024

/** Sends one request to a verifier; what it gives back and throws is told at `createAsk`. */
export type Ask = (
  address: string,
  question: { method?: 'POST'; headers: Record<string, string>; body?: string },
) => Promise<{ status: number; body: unknown }>

/** The Problem for a verifier that gave no verdict. `because` never holds a text of the verifier, nor of a library. */
export function verifierAway(because: string): Problem {
  return new Problem('verifier-away', `The verifier of user tokens ${because}.`, { headers: { 'retry-after': '5' } })
}

/**
 * A pool of connections to one verifier: 1 s to connect, 3 s in all, 64 KiB, no redirects. A 200 gives its JSON, every
 * number in it as a string of its own digits; a status of `verdicts` gives no body. Anything else throws Problem
 * `verifier-away`.
 */
export function createAsk(verdicts: readonly number[]): Ask {
  const client = loadClient()
  return async (address, question) => {
    const { status, text } = await send(await client, address, question)
    if (verdicts.includes(status)) return { status, body: undefined }
    if (status !== 200) throw verifierAway(`answered with status ${status}`)
    return { status, body: parse(text) }
  }
}

/** Only an application whose users' tokens are verified needs a client, and a tenth of a start is loading it. */
async function loadClient() {
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({
    connect: { timeout: connectMs },
    connections: 16,
    maxResponseSize: longestAnswer,
    allowH2: false,
  })
  return { request, dispatcher }
}

async function send(
  { request, dispatcher }: Awaited<ReturnType<typeof loadClient>>,
  address: string,
  { headers, ...rest }: Parameters<Ask>[1],
) {
  try {
    const { statusCode, body } = await request(address, {
      ...rest,
      headers: { accept: 'application/json', ...headers },
      dispatcher,
      signal: AbortSignal.timeout(totalMs),
    })
    if (statusCode === 200) return { status: 200, text: await body.text() }
    // The status says it all. What follows is read away, within the same bounds, so that the connection can be kept.
    void body.dump().catch(() => undefined)
    return { status: statusCode, text: '' }
  } catch (error) {
    // Not as a cause: undici's parser errors carry a piece of the answer.
    throw verifierAway(`did not answer (${errorCode(error)})`)
  }
}

function parse(text: string): unknown {
  try {
    // Uids are 64-bit; a JavaScript number would lose their last digits.
    return JSON.parse(text, (_name, value, { source }) => (typeof value === 'number' ? source : value))
  } catch {
    // Not as a cause: a SyntaxError quotes the text.
    throw verifierAway('answered with something that is not JSON')
  }
}
