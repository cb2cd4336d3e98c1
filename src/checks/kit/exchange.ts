import { type CallSettings, standardCallSettings } from '../../application-calls/call-settings.ts'
import type { CallKind } from '../../application-calls/calls.ts'
import type { Finding } from '../../application-calls/finding.ts'
import { type CallOutcome, makeCall } from '../../application-calls/make-call.ts'
import type { SentCall } from '../../application-calls/send-call.ts'
import { writeCall } from '../../application-calls/write-call.ts'
import type { Kit } from './kit.ts'

/** A call of the kit and what came of it. Nothing that is shown of it holds the token. */
export type Exchange = { written: SentCall; outcome: CallOutcome }

export type CallOptions = {
  settings?: Partial<CallSettings>
  /** What is otherwise than in a usual call. */
  change?: (written: SentCall) => SentCall
}

const userAgent = 'tracker-links-check'

/** Makes one of the three calls as Tracker does. Never rejects; a missing answer is a finding. */
export async function exchange(
  kit: Kit,
  call: { kind: CallKind; remoteKeys: readonly string[]; issueKey?: string },
  { settings, change = same }: CallOptions = {},
): Promise<Exchange> {
  const whole = { ...call, application: kit.target.application }
  const written = change(writeCall(whole, { ...standardCallSettings, ...settings }, userAgent))
  if (written.finding) return { written, outcome: { state: 'failed', findings: [written.finding] } }
  kit.calls++
  const outcome = await makeCall(kit.sender, call, written)
  if (outcome.state === 'answered' && outcome.repeatsToken) kit.tokenRepeatedBy.add(call.kind)
  return { written, outcome }
}

/** The body of a usual call; empty if it has none. */
export const bodyOf = ({ body }: SentCall): string => (typeof body === 'string' ? body : '')

const same = (written: SentCall) => written

/** The status of the answer; 0 if there was none. */
export const statusOf = ({ outcome }: Exchange): number => (outcome.state === 'answered' ? outcome.status : 0)

export const isDone = (one: Exchange): boolean => statusOf(one) >= 200 && statusOf(one) <= 299
/** The application refused the call in an orderly way. */
export const isRefused = (one: Exchange): boolean => statusOf(one) >= 400 && statusOf(one) <= 499

/** The first finding in one of these fields, or inside one. */
export const findingIn = ({ outcome }: Exchange, ...fields: readonly string[]): Finding | undefined =>
  outcome.findings.find(({ field }) => fields.some(one => field === one || field.startsWith(`${one}.`)))

/** What came, in a few words. */
export function came({ outcome }: Exchange): string {
  if (outcome.state === 'answered') return `the answer was ${outcome.status}`
  const [finding] = outcome.findings
  return finding ? `the ${finding.field} ${finding.rule}` : 'there was no answer'
}
