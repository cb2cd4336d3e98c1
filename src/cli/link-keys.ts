import type { LinkFilter } from '../storage/links/link-keys.ts'
import { type IssueKey, issueKeyRule, parseIssueKey } from '../tracker-contract/issue-key.ts'
import { parseRemoteKey, type RemoteKey, remoteKeyRule } from '../tracker-contract/remote-key.ts'
import { type CommandInput, CommandRefusal } from './command.ts'
import { shown } from './terminal-text.ts'

/** The issue key that was typed, in either case. Throws CommandRefusal. */
export function issueKeyOf(text: string): IssueKey {
  const key = parseIssueKey(text)
  if (key !== undefined) return key
  throw new CommandRefusal(`"${shown(text, 60)}" is no issue key: write ${issueKeyRule}.`)
}

/** The object key that was typed, exactly as it is. Throws CommandRefusal. */
export function remoteKeyOf(text: string): RemoteKey {
  const key = parseRemoteKey(text)
  if (key !== undefined) return key
  throw new CommandRefusal(`"${shown(text, 60)}" is no object key: write ${remoteKeyRule}.`)
}

/** The options that choose links. */
export const filterOptions = [
  { flags: '--issue <key>', summary: 'only links of this issue, by any key that it has or had' },
  { flags: '--object <key>', summary: 'only links of this object' },
]

/** The links that `--issue` and `--object` choose. Throws CommandRefusal. */
export function chosenLinks({ options: { issue, object } }: CommandInput): LinkFilter {
  return {
    ...(typeof issue === 'string' && { issueKey: issueKeyOf(issue) }),
    ...(typeof object === 'string' && { remoteKey: remoteKeyOf(object) }),
  }
}

/** The option that bounds a list, and the bounds of its number. */
export const limitOption = { flags: '--limit <number>', summary: 'how many at most, 1 to 10,000', default: '50' }
export const limitBounds = { least: 1, most: 10_000 }
