import { historyRemovedUntil, recentHistory } from '../../storage/links/link-history.ts'
import { type CliCommand, print, wholeNumberOption } from '../command.ts'
import { chosenLinks, filterOptions, limitBounds, limitOption } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatTable } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { eventHeadings, eventRow, eventValue } from './link-value.ts'

export const linksHistory: CliCommand = {
  name: 'links history',
  summary: 'show what happened to links last: when, and who did it; the latest event at the end',
  options: [applicationOption, ...filterOptions, limitOption, configOption],
  examples: ['links history', 'links history --issue TEST-123 --limit 10', 'links history --object 1234 --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id } = chosenApplication(input, program)
    const filter = chosenLinks(input)
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    return withStorage(program, context, async storage => {
      const events = await recentHistory(storage.prisma, id, filter, limit)
      const removedUntil = await historyRemovedUntil(storage.prisma, id)
      const table = events.length > 0 ? formatTable(eventHeadings, events.map(eventRow)) : `${id} has no such events.`
      const text = removedUntil
        ? `${table}\n\nEvents up to ${removedUntil.toISOString()} were removed (\`retention\`).`
        : table
      print(input, context, text, {
        application: id,
        events: events.map(eventValue),
        ...(removedUntil && { removedUntil }),
      })
      return 0
    })
  },
}
