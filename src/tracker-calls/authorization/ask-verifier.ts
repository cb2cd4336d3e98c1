import { errorCode } from '../../errors/error-code.ts'
import { Problem } from '../../errors/problem.ts'
import { type Client, openClient } from '../../outgoing/open-client.ts'
import { readJson } from '../../values/json-digits.ts'

const totalMs = 3_000

type VerifierQuestion = { method?: 'POST'; headers: Record<string, string>; body?: string }

/** Sends one request to a verifier; see `createAsk` for what it returns and throws. */
export type Ask = (address: string, question: VerifierQuestion) => Promise<{ status: number; body: unknown }>

/** The Problem for a verifier that gave no verdict. `because` never quotes the verifier or a library. */
export function verifierAway(because: string): Problem {
  return new Problem('verifier-away', `The verifier of user tokens ${because}.`, { headers: { 'retry-after': '5' } })
}

/**
 * A pool of connections to one verifier: 1 s to connect, 3 s in all, 64 KiB, no redirects. The operator chose its address, so
 * it may be a private one. A 200 returns its JSON, each number in it as a string of its digits; a status in `verdicts` returns
 * no body. Anything else throws Problem `verifier-away`.
 */
export function createAsk(verdicts: readonly number[]): Ask {
  const client = openClient({
    connectMilliseconds: 1_000,
    connections: 16,
    longestAnswer: 64 * 1024,
    reach: 'any address',
  })
  return async (address, question) => {
    const { status, text } = await send(await client, address, question)
    if (verdicts.includes(status)) return { status, body: undefined }
    if (status !== 200) throw verifierAway(`answered with status ${status}`)
    return { status, body: parse(text) }
  }
}

async function send({ request, dispatcher }: Client, address: string, { headers, ...rest }: VerifierQuestion) {
  try {
    const { statusCode, body } = await request(address, {
      ...rest,
      headers: { accept: 'application/json', ...headers },
      dispatcher,
      signal: AbortSignal.timeout(totalMs),
    })
    if (statusCode === 200) return { status: 200, text: await body.text() }
    // The status says it all. The body is read to its end, within the same limits, so that the connection can be kept.
    void body.dump().catch(() => undefined)
    return { status: statusCode, text: '' }
  } catch (error) {
    // Not as a cause: undici's parser errors quote the answer.
    throw verifierAway(`did not answer (${errorCode(error)})`)
  }
}

function parse(text: string): unknown {
  try {
    // Uids are 64-bit; a JavaScript number would lose their last digits.
    return readJson(text, 'all')
  } catch {
    // Not as a cause: a SyntaxError quotes the text.
    throw verifierAway('answered with something that is not JSON')
  }
}
