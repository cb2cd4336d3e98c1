import { createLinks } from '../../links/create-links.ts'
import { linkStore } from '../../storage/links/link-store.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { issueKeyOf, remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram, withStorage } from '../open-program.ts'
import { withCards } from '../open-sources.ts'
import { visible } from '../terminal-text.ts'
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
Only here: Tracker does not learn of it. Where the application has \`unknownObjects: reject\`, nothing is written if one of the
objects is not stored, or not known to its source. The history names the user of the operating system.`,
  examples: ['links add TEST-123 1234 5678', 'links add TEST-123 -- -15'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const application = chosenApplication(input, program)
    const { id: applicationId, unknownObjects } = application
    const [issue, ...keys] = input.arguments
    const issueKey = issueKeyOf(issue as string)
    const remoteKeys = keys.map(remoteKeyOf)
    return withStorage(program, context, async storage => {
      if (unknownObjects === 'reject') {
        const unknown = await withCards(program, { context, storage, applications: [application] }, cards =>
          cards.unknownKeys(applicationId, remoteKeys),
        )
        if (unknown.length > 0) throw refusal(applicationId, unknown)
      }
      const wish = { applicationId, issueKey, remoteKeys, actor: operator() }
      const links = await createLinks(linkStore(storage.prisma), wish)
      const lines = links.map(
        ({ remoteKey, created }) =>
          `${issueKey} ${created ? 'is now linked' : 'was linked already'} to ${visible(remoteKey)}`,
      )
      print(input, context, lines.join('\n'), { application: applicationId, issueKey, links })
      return 0
    })
  },
}

const refusal = (applicationId: string, unknown: readonly string[]) =>
  new CommandRefusal(
    `${applicationId} rejects links to objects that it does not have; nothing was written.`,
    unknown.map(key => ({
      field: visible(key),
      rule: 'is the key of no object',
      hint: 'Import the object first, or leave the key out.',
    })),
  )
