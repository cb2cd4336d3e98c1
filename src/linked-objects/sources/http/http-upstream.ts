import { setTimeout } from 'node:timers/promises'
import type { DnsLookup } from '../../../outgoing/guarded-connector.ts'
import { OutgoingFailure } from '../../../outgoing/outgoing-failure.ts'
import { isPrivateHost } from '../../../outgoing/private-hosts.ts'
import { acceptedEncodings } from '../../../outgoing/read-body.ts'
import {
  closeSender,
  type OutgoingAnswer,
  type OutgoingRequest,
  openSender,
  type Sender,
  sendRequest,
} from '../../../outgoing/send-request.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../../object-source.ts'
import { readJson } from '../read-json.ts'
import { ObjectRefusal, totalMs, type Upstream, type UpstreamQuestion } from '../upstream.ts'
import { type HttpConfig, requestFiller, sampleAddress } from './fill-request.ts'

/** One try: the answer (undefined: no such object), or why there is none and whether a second try may help. */
type Attempt = { answer: unknown } | { failure: SourceFailure; mayRepeat: boolean }

const pauseMs = 50

/**
 * An HTTP API: at most 1 s to connect, 3 s in all with redirects and the one retry, 1 MB decoded. A GET is tried again if the
 * connection broke or the answer was 502, 503 or 504 without Retry-After.
 */
export function createHttpUpstream(
  config: HttpConfig,
  { applicationId, lookup }: { applicationId: string; lookup?: DnsLookup },
): Upstream {
  const fill = requestFiller(config, acceptedEncodings, applicationId)
  const sample = sampleAddress(config.url)
  const isPrivateAllowed = isPrivateHost(sample, config.privateHosts ?? [])
  const sender = openSender(new URL(sample).origin, { isPrivateAllowed, lookup })
  return {
    async ask(key: RemoteKey, { signal, isProbe, tell }) {
      const request = await fill(key, signal)
      if (!request) {
        tell?.({ step: 'key', rule: 'the key does not belong to this source, so nobody is asked' })
        return undefined
      }
      const question = { signal: AbortSignal.any([signal, AbortSignal.timeout(totalMs)]), ...(tell && { tell }) }
      return await askTwice(sender, request, question, request.method === 'GET' && !isProbe)
    },
    close: () => closeSender(sender),
  }
}

async function askTwice(sender: Sender, request: OutgoingRequest, question: UpstreamQuestion, mayRepeat: boolean) {
  let outcome = await attempt(sender, request, question)
  if ('failure' in outcome && outcome.mayRepeat && mayRepeat && !question.signal.aborted) {
    await setTimeout(pauseMs)
    outcome = await attempt(sender, request, question)
  }
  if ('failure' in outcome) throw outcome.failure
  return outcome.answer
}

async function attempt(sender: Sender, request: OutgoingRequest, question: UpstreamQuestion): Promise<Attempt> {
  try {
    const answer = await sendRequest(sender, request, question)
    return answer.text === undefined ? judgeStatus(answer) : { answer: readAnswer(answer.text, request, question) }
  } catch (error) {
    if (error instanceof SourceFailure) return { failure: error, mayRepeat: false }
    if (!(error instanceof OutgoingFailure)) throw error
    const { reason, message, code } = error
    const isBroken = reason === 'broken'
    return { failure: new SourceFailure(isBroken ? 'away' : reason, message, { mark: code }), mayRepeat: isBroken }
  }
}

function readAnswer(text: string, { headers }: OutgoingRequest, { tell }: UpstreamQuestion): unknown {
  try {
    return readJson(text)
  } catch (error) {
    tell?.({ step: 'text', start: startOf(text, Object.values(headers)) })
    throw error
  }
}

/** How a text begins, without the secrets that its sender may have taken from the headers of our request. */
function startOf(text: string, secrets: readonly string[]): string {
  const words = secrets.flatMap(secret => [secret, ...secret.split(' ')]).filter(word => word.length > 3)
  const shown = words.reduce((rest, word) => rest.replaceAll(word, '(hidden)'), text.slice(0, 2_000))
  return shown.slice(0, 200)
}

/** What a status without an answer means. */
function judgeStatus({ status, hasRetryAfter }: OutgoingAnswer): Attempt {
  if (status === 404 || status === 410) return { answer: undefined }
  if (status === 401 || status === 403)
    return {
      failure: new SourceFailure('unauthorized', `the answer was ${status}: check the credentials in \`headers\``, {
        status,
      }),
      mayRepeat: false,
    }
  const isAboutTheRequest = status >= 400 && status < 500 && status !== 408 && status !== 429
  const Failure = isAboutTheRequest ? ObjectRefusal : SourceFailure
  return {
    failure: new Failure('failed', `the answer was ${status}`, { status }),
    mayRepeat: [502, 503, 504].includes(status) && !hasRetryAfter,
  }
}
