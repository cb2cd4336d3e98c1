import type { Call } from './calls.ts'
import { checkAnswer } from './check-answer.ts'
import type { Finding } from './finding.ts'
import { type Answer, type CallSender, type SentCall, sendCall } from './send-call.ts'
import type { ShownObject } from './shown-object.ts'

/** What came of a call. Nothing in it contains the token. */
export type CallOutcome =
  | { state: 'failed'; findings: readonly Finding[] }
  | {
      state: 'answered'
      status: number
      responseHeaders: Readonly<Record<string, string>>
      /** The first `bodyShown` characters, as they came. */
      responseBody: string
      isResponseBodyCut: boolean
      /** From sending the call to the end of its answer. */
      milliseconds: number
      findings: readonly Finding[]
      /** Whether the answer held the token that was presented. */
      repeatsToken: boolean
      /** The card, if entity info was answered with one that can be shown. */
      object?: ShownObject
    }

const bodyShown = 8192

/** Sends a call and judges its answer. Never rejects: what went wrong is among the findings. */
export async function makeCall(
  sender: CallSender,
  { kind, remoteKeys }: Pick<Call, 'kind' | 'remoteKeys'>,
  written: SentCall,
): Promise<CallOutcome> {
  const received = await sendCall(sender, written)
  if ('rule' in received) return { state: 'failed', findings: [received] }
  const { answer, text, repeatsToken } = withoutToken(received, written.token)
  return {
    state: 'answered',
    status: answer.status,
    responseHeaders: answer.headers,
    responseBody: text.slice(0, bodyShown),
    isResponseBodyCut: text.length > bodyShown,
    milliseconds: answer.milliseconds,
    repeatsToken,
    ...checkAnswer(kind, answer, remoteKeys[0] ?? ''),
  }
}

/** An application may repeat the token that it was sent, which must not be shown either. */
function withoutToken(
  answer: Answer,
  token: string | undefined,
): { answer: Answer; text: string; repeatsToken: boolean } {
  const received = new TextDecoder().decode(answer.body)
  if (!token || !(received + JSON.stringify(answer.headers)).includes(token))
    return { answer, text: received, repeatsToken: false }
  const hide = (text: string) => text.replaceAll(token, '***')
  const text = hide(received)
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, hide(value)]))
  // The body is decoded and encoded only if it has to be: bytes that are not UTF-8 are a finding.
  return {
    answer: { ...answer, headers, body: text === received ? answer.body : Buffer.from(text) },
    text,
    repeatsToken: true,
  }
}
