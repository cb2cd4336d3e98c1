import { setTimeout } from 'node:timers/promises'
import { errorCode } from '../../../errors/error-code.ts'
import { acceptedEncodings, tooLarge } from '../../../outgoing/read-body.ts'
import { createSend, type Lookup } from '../../../outgoing/send-request.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../../object-source.ts'
import { readJson } from '../read-json.ts'
import { ObjectRefusal, type Question, totalMs, type Upstream } from '../upstream.ts'
import { type FilledRequest, type HttpConfig, requestFiller } from './fill-request.ts'

/** One try: the answer (undefined: no such object), or why there is none and whether a second try may help. */
type Attempt = { answer: unknown } | { failure: SourceFailure; mayRepeat: boolean }

const pauseMs = 50

/**
 * An HTTP API: at most 1 s to connect, 3 s in all with redirects and the one retry, 1 MB decoded. A GET is tried again
 * where the connection broke or the answer was 502, 503 or 504 without Retry-After.
 */
export function createHttpUpstream(config: HttpConfig, { lookup }: { lookup?: Lookup } = {}): Upstream {
  const fill = requestFiller(config, acceptedEncodings)
  const connection = createSend(config, lookup)

  async function attempt(question: Question, request: FilledRequest): Promise<Attempt> {
    try {
      const { status, text, isToWait } = await connection.send(request, question)
      return text === undefined ? judge(status, isToWait) : { answer: readJson(text) }
    } catch (error) {
      if (error instanceof SourceFailure) return { failure: error, mayRepeat: false }
      const code = errorCode(error)
      if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return { failure: tooLarge(), mayRepeat: false }
      const failure = question.signal.aborted
        ? new SourceFailure('away', 'no answer came in time')
        : new SourceFailure('away', `no answer came (${code})`)
      return { failure, mayRepeat: brokenConnection.includes(code) }
    }
  }

  return {
    async ask(key: RemoteKey, { signal, isProbe, tell }) {
      const request = fill(key)
      if (!request) {
        tell?.({ step: 'key', rule: 'the key is none of this source, so nobody is asked' })
        return undefined
      }
      const question = { signal: AbortSignal.any([signal, AbortSignal.timeout(totalMs)]), ...(tell && { tell }) }
      let outcome = await attempt(question, request)
      if (
        'failure' in outcome &&
        outcome.mayRepeat &&
        request.method === 'GET' &&
        !isProbe &&
        !question.signal.aborted
      ) {
        await setTimeout(pauseMs)
        outcome = await attempt(question, request)
      }
      if ('failure' in outcome) throw outcome.failure
      return outcome.answer
    },
    close: () => connection.close(),
  }
}

/** What a status without an answer means. */
function judge(status: number, isToWait: boolean): Attempt {
  if (status === 404 || status === 410) return { answer: undefined }
  if (status === 401 || status === 403)
    return {
      failure: new SourceFailure('answer-invalid', `the answer was ${status}: look at the credentials in \`headers\``),
      mayRepeat: false,
    }
  const isOursToMend = status >= 400 && status < 500 && status !== 408 && status !== 429
  const Failure = isOursToMend ? ObjectRefusal : SourceFailure
  return {
    failure: new Failure('answer-invalid', `the answer was ${status}`),
    mayRepeat: [502, 503, 504].includes(status) && !isToWait,
  }
}

/** Codes of Node and undici for a connection that was there and broke. */
const brokenConnection = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']
