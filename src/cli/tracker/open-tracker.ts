import type { Organization } from '../../config/schema.ts'
import { createTrackerClient, type TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import { parseIssueKey } from '../../tracker-contract/issue-key.ts'
import { type CommandInput, CommandRefusal } from '../command.ts'
import { configOption, type Program } from '../open-program.ts'
import { shown } from '../terminal-text.ts'

/** The options of every command that calls Tracker. */
export const trackerOptions = [
  {
    flags: '--organization <name>',
    summary: 'the organization, by its name in the configuration (optional if only one is configured)',
  },
  configOption,
]

/** The organization that `--organization` names, or the only one. Throws CommandRefusal. */
export function chosenOrganization(input: CommandInput, { config: { organizations } }: Program): Organization {
  const wanted = input.options.organization
  const [first, another] = organizations
  if (!first)
    throw new CommandRefusal(
      'No organization of Tracker is configured: add `organizations` to tracker-links.yaml; docs/tracker.md shows how.',
    )
  if (wanted === undefined && !another) return first
  const found = organizations.find(({ name }) => name === wanted)
  if (found) return found
  const names = organizations.map(({ name }) => name).join(', ')
  throw new CommandRefusal(
    wanted === undefined
      ? `Name an organization with --organization: ${names}.`
      : `There is no organization ${shown(String(wanted), 60)}; the configuration has ${names}.`,
  )
}

/** Opens a client of Tracker for one command. `more` are options of the client. */
export async function withTracker<T>(
  organization: Organization,
  work: (tracker: TrackerClient) => Promise<T>,
  more: Partial<Pick<Parameters<typeof createTrackerClient>[0], 'tries' | 'signal' | 'budgets'>> = {},
): Promise<T> {
  const tracker = createTrackerClient({ ...organization, ...more })
  try {
    return await work(tracker)
  } finally {
    await tracker.close()
  }
}

/** The key (in capitals) or the id of an issue; undefined if a text is neither. Ids are hexadecimal (tracker contract, section 11). */
export const parseIssue = (text: string): string | undefined =>
  parseIssueKey(text) ?? (/^[0-9a-f]{16,32}$/i.test(text) ? text.toLowerCase() : undefined)

export const issueRule = 'an issue key such as TEST-123, or the id of an issue'
