import { countLinks } from '../../storage/links/list-links.ts'
import { removeObject } from '../../storage/objects/change-object.ts'
import type { Storage } from '../../storage/open-storage.ts'
import { type CliCommand, print } from '../command.ts'
import { isConfirmed } from '../confirmation.ts'
import { remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenPushedApplication, configOption, readProgram } from '../open-program.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'

export const objectsDelete: CliCommand = {
  name: 'objects delete',
  summary: 'remove an object; its links stay',
  arguments: [{ name: '<key>', summary: 'key of the object' }],
  options: [applicationOption, { flags: '--yes', summary: 'do not ask; needed without a terminal' }, configOption],
  details: `
Asks first, on a terminal. If the object does not exist, that is no failure: the exit code is 0. It is 1 if the answer was not
yes, 2 if the objects of the application come from a source.`,
  examples: ['objects delete 1234', 'objects delete 1234 --yes'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id } = chosenPushedApplication(input, program)
    const key = remoteKeyOf(input.arguments[0] as string)
    if (
      input.options.yes !== true &&
      !(await isConfirmed(`Remove ${visible(key)} of ${id}? Its links stay.`, context))
    ) {
      context.stderr.write('Nothing was removed.\n')
      return 1
    }
    const change = { operation: 'objects delete', applicationId: id, about: { key } }
    const work = async ({ prisma }: Storage) => {
      const removed = await removeObject(prisma, id, key)
      const links = await countLinks(prisma, id, { remoteKey: key })
      const text = removed ? 'was removed' : 'did not exist'
      print(input, context, `${visible(key)} of ${id} ${text}; ${counted(links, 'link')} to it stay.`, {
        application: id,
        key,
        removed,
        links,
      })
      return 0
    }
    return withStorage(program, context, work, { change })
  },
}
