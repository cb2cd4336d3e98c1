import type { CallStretch } from '../../storage/calls/call-stretch.ts'
import type { CallRecord } from '../../storage/calls/list-calls.ts'
import { asEscape, steering } from '../../values/shell-word.ts'
import { momentText } from './moment-text.ts'

/** A call of the request log, in one line. */
export function callText(call: CallRecord, now: number): string {
  const { at, method, path, issueKey, remoteKeys, taken, status, code, requestId } = call
  const about = path ?? [issueKey, taken ?? remoteKeys[0]].filter(Boolean).join(' -> ')
  const what = path === null ? `${call.call} ${about}` : `${method} ${about}`
  const answer = code === null ? `${status}` : `${status} ${code}`
  return `at ${momentText(at, now)}: ${what.trim()} was answered ${answer} (request ${requestId})`.replace(
    steering,
    asEscape,
  )
}

/** How many calls ended so, and when the last one did not; `otherwise`: `let in`. */
export function stretchText({ calls, otherwiseAt }: CallStretch, now: number, otherwise: string): string {
  const before =
    otherwiseAt === undefined
      ? `none was ever ${otherwise}`
      : `the last one ${otherwise} was at ${momentText(otherwiseAt, now)}`
  return `${calls} ${calls === 1 ? 'call' : 'calls'} so far; ${before}`
}
