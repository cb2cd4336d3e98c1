import { mirrorStateOf } from '../../reconciliation/mirror/mirror-state.ts'
import { recentHistory } from '../../storage/links/link-history.ts'
import { listLinks } from '../../storage/links/list-links.ts'
import { findMirrored } from '../../storage/mirror/mirror-views.ts'
import { findObject } from '../../storage/objects/change-object.ts'
import { type CliCommand, print } from '../command.ts'
import { issueKeyOf, remoteKeyOf } from '../link-keys.ts'
import { mirrorText, mirrorValue } from '../mirror/mirror-text.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatTable, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { eventHeadings, eventRow, eventValue, linkValue } from './link-value.ts'

const lastEvents = 10

export const linksShow: CliCommand = {
  name: 'links show',
  summary: `show a link, what its object is, whether Tracker has it as well, and its last ${lastEvents} events`,
  arguments: [
    { name: '<issue>', summary: 'issue key' },
    { name: '<key>', summary: 'key of the object' },
  ],
  options: [applicationOption, configOption],
  details: `
The exit code is 1 if there is no such link; the events of a former one are shown all the same. Of an application with an
organization it shows where the link stands with Tracker: mirrored, pending, or failed with the reason and the next try.`,
  examples: ['links show TEST-123 1234'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id, organization } = chosenApplication(input, program)
    const keys = {
      issueKey: issueKeyOf(input.arguments[0] as string),
      remoteKey: remoteKeyOf(input.arguments[1] as string),
    }
    return withStorage(program, context, async ({ prisma }) => {
      const [link] = await listLinks(prisma, id, keys, { limit: 1 })
      const object = (await findObject(prisma, id, keys.remoteKey))?.info
      const mirror =
        organization === undefined ? undefined : mirrorStateOf((await findMirrored(prisma, id, [keys]))(keys))
      const events = await recentHistory(prisma, id, keys, lastEvents)
      const lines = [
        `${keys.issueKey} ${link ? 'is linked' : 'is not linked'} to ${visible(keys.remoteKey)} of ${id}`,
        ...(link ? [`Since:  ${link.createdAt.toISOString()}`] : []),
        `Object: ${object ? visible(object.summary) : 'not stored'}`,
        ...(mirror ? [`Tracker: ${mirrorText(mirror)}`] : []),
        ...(events.length > 0 ? [formatTable(eventHeadings, events.map(eventRow))] : []),
      ]
      print(input, context, lines.join('\n'), {
        application: id,
        link: link ? linkValue(link) : null,
        ...(mirror && { mirror: mirrorValue(mirror) }),
        summary: object?.summary ?? null,
        events: events.map(eventValue),
      })
      return link ? 0 : 1
    })
  },
}
