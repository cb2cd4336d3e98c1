import { statusRange } from '../../management-api/calls/call-query.ts'
import type { CallFilter, CallRecord } from '../../storage/calls/list-calls.ts'
import { momentOf } from '../audit/audit-options.ts'
import { type CommandInput, CommandRefusal } from '../command.ts'
import { issueKeyOf, remoteKeyOf } from '../link-keys.ts'
import { visible } from '../terminal-text.ts'

/** The options that choose calls. */
export const callOptions = [
  { flags: '--issue <key>', summary: 'only calls that name this issue' },
  { flags: '--object <key>', summary: 'only calls that name this object' },
  { flags: '--call <call>', summary: 'only this call', choices: ['entityInfo', 'createLink', 'removeLink', 'trigger'] },
  { flags: '--status <status>', summary: 'only with this status, or one of its class: 404, 5xx' },
  { flags: '--code <code>', summary: 'only with this error code, such as token-unknown' },
  { flags: '--since <moment>', summary: 'only from this moment on: 2027-01-31, or with a time' },
  { flags: '--until <moment>', summary: 'only before this moment' },
] as const

/** The calls that the options choose. Throws CommandRefusal. */
export function chosenCalls({ options }: CommandInput): CallFilter {
  const { issue, object, call, status, code } = options
  const since = momentOf('--since', options.since)
  const until = momentOf('--until', options.until)
  return {
    ...(typeof issue === 'string' && { issueKey: issueKeyOf(issue) }),
    ...(typeof object === 'string' && { remoteKey: remoteKeyOf(object) }),
    ...(typeof call === 'string' && { call }),
    ...(typeof status === 'string' && statusOf(status)),
    ...(typeof code === 'string' && { code }),
    ...(since && { since }),
    ...(until && { until }),
  }
}

function statusOf(text: string) {
  if (/^[1-5](xx|\d\d)$/.test(text)) return statusRange(text)
  throw new CommandRefusal(`--status takes a status or its class (404, 5xx); this is ${visible(text)}.`)
}

/** What a call was about, in one cell. */
export function aboutCall({ issueKey, remoteKeys, remoteKeyCount, taken, path }: CallRecord): string {
  if (path !== null) return path
  const objects = taken === null ? remoteKeys : [taken]
  const more = remoteKeyCount > objects.length ? ` and ${remoteKeyCount - objects.length} more` : ''
  return [issueKey, objects.join(' ') + more].filter(Boolean).join(' -> ')
}
