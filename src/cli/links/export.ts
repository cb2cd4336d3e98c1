import { Readable } from 'node:stream'
import type { Queries } from '../../storage/database/queries.ts'
import type { LinkFilter, LinkKeys } from '../../storage/links/link-keys.ts'
import { listLinks, type StoredLink } from '../../storage/links/list-links.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type CliCommand, CommandRefusal, print } from '../command.ts'
import { chosenLinks, filterOptions } from '../link-keys.ts'
import { applicationOption, chosenApplication, configOption, readProgram } from '../open-program.ts'
import { writeAll } from '../output.ts'
import { counted, visible } from '../terminal-text.ts'
import { withStorage } from '../with-storage.ts'
import { csvHeader, csvLine, isFormula, shownText } from './link-csv.ts'
import { linkValue } from './link-value.ts'
import { writeWholeFile } from './write-file.ts'

/** So many links are read at a time, and held in memory. */
const batchLinks = 1_000

export const linksExport: CliCommand = {
  name: 'links export',
  summary: 'write all links, in the order of issue and object',
  options: [
    applicationOption,
    ...filterOptions,
    { flags: '--format <format>', summary: 'NDJSON or CSV', default: 'ndjson', choices: ['ndjson', 'csv'] },
    { flags: '--as-is', summary: 'CSV with the keys exactly as they are, also those that a spreadsheet would compute' },
    { flags: '--output <file>', summary: 'write this file, whole or not at all (default: standard output)' },
    configOption,
  ],
  details: `
A link has issueKey, remoteKey, issueId (if it is known) and createdAt. Links that are made or removed meanwhile may be in
it or not; every other link is in it once.

A spreadsheet takes a cell that starts with = + - @, a tab or a line break for a formula, which may send other cells to a
stranger. In CSV (RFC 4180, UTF-8) such keys have an apostrophe in front, and a warning on standard error says how many there are. NDJSON has
the keys as they are, and so has CSV with --as-is, for programs.

With --output the result is printed on standard output; --json makes it JSON.`,
  examples: ['links export', 'links export --issue TEST-123 --format csv --output links.csv'],
  run: async (input, context) => {
    const program = readProgram(input, context)
    const { id } = chosenApplication(input, program)
    const filter = chosenLinks(input)
    const { format, output, asIs } = input.options
    if (output === undefined && input.json && format === 'csv')
      throw new CommandRefusal('--json and --format csv exclude each other; with --output FILE both are fine.')
    return withStorage(program, context, async storage => {
      const told = { links: 0, formulas: 0 }
      const onTerminal = 'isTTY' in context.stdout && context.stdout.isTTY === true && output === undefined
      const write = format === 'csv' ? csvText({ onTerminal, asIs: asIs === true }) : jsonText
      const source = () => Readable.from(write(batches(storage.prisma, id, filter), told))
      if (typeof output === 'string') {
        await writeWholeFile(output, context.directory, source)
        print(input, context, `${counted(told.links, 'link')} of ${id} in ${visible(output)}`, {
          application: id,
          file: output,
          links: told.links,
        })
      } else await writeAll(source(), context.stdout)
      if (told.formulas > 0)
        context.stderr.write(
          asIs
            ? `WARNING: a spreadsheet would take ${counted(told.formulas, 'key')} for formulas; import that column as text.\n`
            : `WARNING: an apostrophe stands before ${counted(told.formulas, 'key')} that a spreadsheet would compute; --as-is leaves it out.\n`,
        )
      return 0
    })
  },
}

type Batch = StoredLink[]
type Told = { links: number; formulas: number }

async function* batches(database: Queries, applicationId: string, filter: LinkFilter): AsyncGenerator<Batch> {
  let after: LinkKeys | undefined
  for (;;) {
    const batch = await listLinks(database, applicationId, filter, { ...(after && { after }), limit: batchLinks })
    if (batch.length > 0) yield batch
    const last = batch.at(-1)
    if (!last || batch.length < batchLinks) return
    after = { issueKey: last.issueKey as IssueKey, remoteKey: last.remoteKey as RemoteKey }
  }
}

async function* jsonText(links: AsyncIterable<Batch>, told: Told): AsyncGenerator<string> {
  for await (const batch of links) {
    told.links += batch.length
    yield batch.map(link => `${visible(JSON.stringify(linkValue(link)))}\n`).join('')
  }
}

const csvText = ({ onTerminal, asIs }: { onTerminal: boolean; asIs: boolean }) =>
  async function* (links: AsyncIterable<Batch>, told: Told): AsyncGenerator<string> {
    const guarded = asIs ? (text: string) => text : shownText
    const cellText = onTerminal ? (text: string) => visible(guarded(text)) : guarded
    yield csvHeader
    for await (const batch of links) {
      told.links += batch.length
      told.formulas += batch.filter(({ remoteKey }) => isFormula(remoteKey)).length
      yield batch.map(link => csvLine(link, cellText)).join('')
    }
  }
