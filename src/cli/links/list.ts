import { countLinks, listLinks } from '../../storage/links/list-links.ts'
import { type CliCommand, print, wholeNumberOption } from '../command.ts'
import { chosenLinks, filterOptions, limitBounds, limitOption } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { formatTable } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { linkValue } from './link-value.ts'

/** The links are counted up to this many: a longer count would take seconds. */
const mostCounted = 100_000

export const linksList: CliCommand = {
  name: 'links list',
  summary: 'list links in the order of issue and object',
  options: [applicationOption, ...filterOptions, limitOption, configOption],
  details:
    '`links export` writes all of them. They are counted up to 100,000; with `--json`, `total` is null if there are more.',
  examples: ['links list', 'links list --issue TEST-123', 'links list --object 1234 --json'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id } = chosenApplication(input, program)
    const filter = chosenLinks(input)
    const limit = wholeNumberOption(input, 'limit', limitBounds)
    return withStorage(program, context, async ({ prisma }) => {
      const links = await listLinks(prisma, id, filter, { limit })
      const total = links.length < limit ? links.length : await countLinks(prisma, id, filter, mostCounted + 1)
      const rows = links.map(link => [link.issueKey, link.remoteKey, link.createdAt.toISOString()])
      const text = rows.length > 0 ? formatTable(['ISSUE', 'OBJECT', 'SINCE'], rows) : `${id} has no such links.`
      const counted = total > mostCounted ? null : total
      print(input, context, text, { application: id, links: links.map(linkValue), total: counted })
      if (total > links.length && !input.json)
        context.stderr.write(
          `${links.length} of ${counted ?? `more than ${mostCounted}`}; --limit shows more, links export writes all.\n`,
        )
      return 0
    })
  },
}
