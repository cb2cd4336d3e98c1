import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { readProgram } from '../open-program.ts'
import { formatTable, shown } from '../terminal-text.ts'
import { chosenOrganization, issueRule, parseIssue, trackerOptions, withTracker } from './open-tracker.ts'

export const trackerRemoteLinks: CliCommand = {
  name: 'tracker remote-links',
  summary: 'list the links of an issue to objects of applications, as Tracker has them',
  arguments: [{ name: '<issue>', summary: 'issue key, or the id of an issue' }],
  options: trackerOptions,
  details: '`links list --issue` shows what is stored here.',
  examples: ['tracker remote-links TEST-123', 'tracker remote-links TEST-123 --organization main --json'],
  run: async (input, context) => {
    const text = input.arguments[0] as string
    const issue = parseIssue(text)
    if (issue === undefined) throw new CommandRefusal(`"${shown(text, 60)}" is no issue: write ${issueRule}.`)
    const organization = chosenOrganization(input, readProgram(input, context))
    const links = await withTracker(organization, tracker => tracker.remoteLinks.list(issue))
    const rows = links.map(({ id, object: { application, key }, createdAt, createdBy }) => [
      id,
      application.id,
      key,
      createdAt?.toISOString() ?? '',
      createdBy?.display ?? createdBy?.id ?? '',
    ])
    const table = formatTable(['ID', 'APPLICATION', 'OBJECT', 'SINCE', 'BY'], rows)
    print(input, context, rows.length > 0 ? table : `${issue} has no links to objects of applications.`, {
      organization: organization.name,
      issue,
      remoteLinks: links.map(({ createdAt, updatedAt, ...link }) => ({
        ...link,
        createdAt: createdAt && formatTrackerDate(createdAt),
        updatedAt: updatedAt && formatTrackerDate(updatedAt),
      })),
    })
    return 0
  },
}
