import { removeLink } from '../../links/remove-link.ts'
import { linkChanger } from '../../storage/links/link-changes.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { type CliCommand, print } from '../command.ts'
import { issueKeyOf, remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { operator } from './operator.ts'

export const linksRemove: CliCommand = {
  name: 'links remove',
  summary: 'remove the link of these keys; its history stays',
  arguments: [
    { name: '<issue>', summary: 'any key that the issue has or had' },
    { name: '<key>', summary: 'key of the object' },
  ],
  options: [applicationOption, configOption],
  details: `
Only here, unless the application has \`mirror: true\`: then a server removes it in Tracker as well. Removing a link that is not
there is no failure: the exit code is 0. The history names the user of the operating system.`,
  examples: ['links remove TEST-123 1234'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id: applicationId } = chosenApplication(input, program)
    const link = {
      issueKey: issueKeyOf(input.arguments[0] as string),
      remoteKey: remoteKeyOf(input.arguments[1] as string),
    }
    const change = { operation: 'links remove', applicationId, about: link }
    const work = async (storage: Storage) => {
      const wish = { applicationId, readings: [link], actor: operator() }
      const removed = (await removeLink(linkChanger(storage.prisma), wish)).outcome === 'removed'
      const text = `${link.issueKey} ${removed ? 'is no longer linked' : 'was not linked'} to ${visible(link.remoteKey)}`
      print(input, context, text, { application: applicationId, ...link, removed })
      return 0
    }
    return withStorage(program, context, work, { change })
  },
}
