import { invalidInput } from '../../errors/problem.ts'
import type { CallFilter, CallPlace } from '../../storage/calls/list-calls.ts'
import { parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { readIssueKey, readRemoteKey } from '../links/link-query.ts'

const moment = (description: string) =>
  ({ type: 'string', maxLength: 40, description: `${description} ISO 8601.` }) as const

export const timeParameters = {
  since: moment('Only from this moment on.'),
  until: moment('Only before this moment.'),
} as const

/** What chooses calls in a query. */
export const callParameters = {
  issueKey: { type: 'string', description: 'Only calls that name this issue.' },
  remoteKey: { type: 'string', description: 'Only calls that name this object, percent-encoded.' },
  call: { enum: ['entityInfo', 'createLink', 'removeLink', 'trigger'], description: 'Only this call.' },
  status: {
    type: 'string',
    pattern: '^([1-5]xx|[1-5][0-9][0-9])$',
    description: 'Only with this status, or with one of its class: `404`, `5xx`.',
  },
  code: { type: 'string', maxLength: 64, pattern: '^[a-z-]+$', description: 'Only with this error code.' },
  ...timeParameters,
} as const

export type TimeQuery = { since?: string; until?: string }
export type CallQuery = TimeQuery & {
  issueKey?: string
  remoteKey?: string
  call?: string
  status?: string
  code?: string
}

/** The calls that a query chooses. Throws Problem `key-invalid`, `parameter-invalid`. */
export function readCallFilter({ issueKey, remoteKey, call, status, code, since, until }: CallQuery): CallFilter {
  return {
    ...(issueKey !== undefined && { issueKey: readIssueKey(issueKey) }),
    ...(remoteKey !== undefined && { remoteKey: readRemoteKey(remoteKey) }),
    ...(call !== undefined && { call }),
    ...(code !== undefined && { code }),
    ...(status !== undefined && statusRange(status)),
    ...momentOf('since', since),
    ...momentOf('until', until),
  }
}

/** `404`, or `4xx` for the whole class. */
export const statusRange = (text: string): { statusFrom: number; statusTo: number } => ({
  statusFrom: Number(text.replaceAll('x', '0')),
  statusTo: Number(text.replaceAll('x', '9')),
})

function momentOf(field: 'since' | 'until', text: string | undefined): { since?: Date; until?: Date } {
  if (text === undefined) return {}
  const date = parseTrackerDate(text)
  if (date) return { [field]: date }
  const fault = { field, rule: 'is not a moment', hint: 'Send ISO 8601 with an offset, such as 2027-01-31T00:00:00Z.' }
  throw invalidInput('parameter-invalid', [fault])
}

/** The place that the keys of a cursor name. */
export function placeOf([at = '', requestId, ...more]: readonly string[]): CallPlace | undefined {
  const date = new Date(at)
  if (requestId === undefined || more.length > 0 || Number.isNaN(date.getTime())) return undefined
  return { at: date, requestId }
}
