import { UnknownObjects } from '../../links/allow-links.ts'
import { createLinks } from '../../links/create-links.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { issueKeyOf, remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { visible } from '../terminal-text.ts'
import { withLinks } from '../with-links.ts'
import { operator } from './operator.ts'

export const linksAdd: CliCommand = {
  name: 'links add',
  summary: 'link an issue to objects, all or none; links that are there already stay as they are',
  arguments: [
    { name: '<issue>', summary: 'issue key' },
    { name: '<key...>', summary: 'keys of the objects' },
  ],
  options: [applicationOption, configOption],
  details: `
Only here, unless the application has \`mirror: true\`: then a server adds it in Tracker as well. Where the application has \`unknownObjects: reject\`, nothing is written if one of the
objects is not stored, or not known to its source. The history names the user of the operating system.`,
  examples: ['links add TEST-123 1234 5678', 'links add TEST-123 -- -15'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const application = chosenApplication(input, program)
    const [issue, ...keys] = input.arguments
    const issueKey = issueKeyOf(issue as string)
    const wish = { application, issueKey, remoteKeys: keys.map(remoteKeyOf), actor: operator() }
    const about = { issueKey, remoteKeys: keys.join(', ') }
    const change = { operation: 'links add', applicationId: application.id, about }
    return withLinks(program, context, [application], change, async links => {
      const made = await createLinks(links, wish).catch(tellUnknown(application.id))
      const lines = made.map(
        ({ remoteKey, created }) =>
          `${issueKey} ${created ? 'is now linked' : 'was linked already'} to ${visible(remoteKey)}`,
      )
      print(input, context, lines.join('\n'), { application: application.id, issueKey, links: made })
      return 0
    })
  },
}

const tellUnknown = (applicationId: string) => (error: unknown) => {
  if (!(error instanceof UnknownObjects)) throw error
  throw new CommandRefusal(
    `${applicationId} rejects links to objects that it does not have; nothing was written.`,
    error.rejected.map(key => ({
      field: visible(key),
      rule: 'is the key of no object',
      hint: 'Import the object first, or leave the key out.',
    })),
  )
}
