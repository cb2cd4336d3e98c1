import { countLinks } from '../../storage/links/list-links.ts'
import { findObject } from '../../storage/objects/change-object.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import { type CliCommand, print } from '../command.ts'
import { remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram, withStorage } from '../open-program.ts'
import { counted, shown, visible } from '../terminal-text.ts'
import { cardAddress } from './card-address.ts'

export const objectsShow: CliCommand = {
  name: 'objects show',
  summary: 'show the card of an object as Tracker gets it, its address, and how many links it has',
  arguments: [{ name: '<key>', summary: 'key of the object' }],
  options: [applicationOption, configOption],
  details: 'The exit code is 1 if there is no such object.',
  examples: ['objects show 1234', 'objects show group/project/-/merge_requests/7 --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const application = chosenApplication(input, program)
    const key = remoteKeyOf(input.arguments[0] as string)
    return withStorage(program, context, async ({ prisma }) => {
      const object = (await findObject(prisma, application.id, key))?.info
      const links = await countLinks(prisma, application.id, { remoteKey: key })
      if (!object) {
        const linked = links > 0 ? ` (${counted(links, 'link')} to it)` : ''
        context.stderr.write(`${application.id} has no object ${shown(key, 255)}${linked}.\n`)
        return 1
      }
      const card = objectInfoValue(object)
      const address = cardAddress(program.config, application, key)
      const text = JSON.stringify(card, null, 2).split('\n').map(visible)
      print(input, context, [...text, `Links:   ${links}`, `Address: ${address}`].join('\n'), {
        application: application.id,
        object: card,
        links,
        address,
      })
      return 0
    })
  },
}
