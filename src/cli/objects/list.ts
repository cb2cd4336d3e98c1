import { findObjects } from '../../storage/objects/search-objects.ts'
import { objectInfoValue } from '../../tracker-contract/object-info.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'
import { shellWord } from '../../values/shell-word.ts'
import { type CliCommand, print, wholeNumberOption } from '../command.ts'
import { limitBounds, limitOption, remoteKeyOf } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatTable, shown } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { chosenObjects, objectOptions } from './object-filter.ts'

export const objectsList: CliCommand = {
  name: 'objects list',
  summary: 'list the stored objects in the order of their keys',
  options: [
    applicationOption,
    ...objectOptions,
    limitOption,
    { flags: '--after <key>', summary: 'only objects after this key: the next page' },
    configOption,
  ],
  details:
    'An index finds a key prefix. For the other conditions objects are read until there are enough: among ten million that takes half a ' +
    'minute. If the cards of the application come from a source: the last good ones, of the objects that were asked for so far.',
  examples: [
    'objects list',
    'objects list --summary pump --key-prefix D-',
    'objects list --limit 1000 --after 1234 --json',
  ],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id, objects: origin } = chosenApplication(input, program)
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    const filter = chosenObjects(input)
    const after = typeof input.options.after === 'string' ? { after: remoteKeyOf(input.options.after) } : {}
    return withStorage(program, context, async storage => {
      // One more than is shown tells whether there is a next page.
      const found = await findObjects(storage.prisma, id, filter, { ...after, limit: limit + 1, longest: Infinity })
      const objects = found.objects.slice(0, limit).map(({ info }) => info)
      const next = found.objects.length > limit ? objects.at(-1)?.key : undefined
      const rows = objects.map(object => [
        object.key,
        shown(object.summary, 60),
        shown(object.status?.name ?? '', 30),
        shown(object.assignee?.login ?? '', 30),
        object.updated ? formatTrackerDate(object.updated) : '',
      ])
      const table = formatTable(['KEY', 'SUMMARY', 'STATUS', 'ASSIGNEE', 'UPDATED'], rows)
      const none =
        origin.source === 'store' || after.after !== undefined || Object.keys(filter).length > 0
          ? `${id} has no such objects.`
          : `Nobody has asked for a card of ${id} yet: its source (${origin.source}) is asked when one is needed.`
      print(input, context, rows.length > 0 ? table : none, {
        application: id,
        objects: objects.map(objectInfoValue),
        next: next ?? null,
      })
      if (next !== undefined && !input.json) context.stderr.write(`More: --after ${shellWord(next)}\n`)
      return 0
    })
  },
}
