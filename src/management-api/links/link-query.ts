import { invalidInput, type Problem } from '../../errors/problem.ts'
import type { LinkFilter } from '../../storage/links/link-keys.ts'
import { type IssueKey, issueKeyRule, parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../../tracker-contract/remote-key.ts'

/** The parameters of every address here. */
export const params = {
  type: 'object',
  required: ['applicationId'],
  properties: { applicationId: { type: 'string', description: 'Id of the application, as in the configuration.' } },
} as const

export type ApplicationParams = { applicationId: string }

/** The keys of a link in a query. */
export const linkParameters = {
  issueKey: {
    type: 'string',
    description: `Only links of this issue, by any key that it has or had: ${issueKeyRule}.`,
  },
  remoteKey: { type: 'string', description: `Only links of this object: ${remoteKeyRule}, percent-encoded.` },
} as const

export type LinkQuery = { issueKey?: string; remoteKey?: string }

/** The links that a query chooses. Throws Problem `key-invalid`. */
export function readLinkFilter({ issueKey, remoteKey }: LinkQuery): LinkFilter {
  return {
    ...(issueKey !== undefined && { issueKey: readIssueKey(issueKey) }),
    ...(remoteKey !== undefined && { remoteKey: readRemoteKey(remoteKey) }),
  }
}

/** The issue key in a query, in either case. Throws Problem `key-invalid`. */
export function readIssueKey(text: string): IssueKey {
  const key = parseIssueKey(text)
  if (key !== undefined) return key
  throw invalidKey('issueKey', issueKeyRule)
}

/** The object's key in a query, exactly as it is. Throws Problem `key-invalid`. */
export function readRemoteKey(text: string): RemoteKey {
  const key = parseRemoteKey(text)
  if (key !== undefined) return key
  throw invalidKey('remoteKey', remoteKeyRule)
}

function invalidKey(field: string, rule: string): Problem {
  const fault = { field, rule: `must be ${rule}`, hint: `Send as ${field} ${rule}, percent-encoded.` }
  return invalidInput('key-invalid', [fault], `The address does not hold a valid ${field}.`)
}
