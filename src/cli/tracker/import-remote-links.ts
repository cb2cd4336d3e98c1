import type { Application } from '../../config/schema.ts'
import { rejectedKeys } from '../../links/allow-links.ts'
import type { Links } from '../../links/links.ts'
import { type KnownLinks, type RemoteLinkRow, remoteLinkImport } from '../../reconciliation/remote-link-import.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { tellCommand } from '../../storage/objects/object-changes.ts'
import { rateBudgetsOf } from '../../storage/work/rate-budget.ts'
import { recordCommand } from '../audit/audited.ts'
import type { CliCommand, CliContext, CommandInput } from '../command.ts'
import { readProgram } from '../open-program.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { withLinks } from '../with-links.ts'
import { importArguments, importFile, importOptions } from './import-file.ts'
import { remoteLinkTable } from './remote-link-rows.ts'

export const trackerImportRemoteLinks: CliCommand = {
  name: 'tracker import-remote-links',
  summary: 'link issues to objects, in Tracker and here',
  arguments: importArguments,
  options: importOptions,
  details: `
A row has issue, application and remoteKey: the issue, the id of the application as registered in Tracker and configured here,
and the key of the object. Each link is added in Tracker, unless it exists, and then stored here, as Tracker's own: the history
says \`tracker import\`, and the audit names the user of the operating system. Tracker is not asked to call the application back. If the application has \`unknownObjects: reject\`, rows
with objects that are not stored, or that their source does not know, are wrong.

The check, the journal and the rest are as for \`tracker import-links\`.`,
  examples: ['tracker import-remote-links deals.csv --dry-run', 'tracker import-remote-links deals.ndjson'],
  run: importRemoteLinks,
}

async function importRemoteLinks(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  const { applications } = program.config
  const run = (links?: Links, database?: Queries) =>
    importFile<RemoteLinkRow, KnownLinks>(input, context, {
      journalOf: 'remote-links',
      table: remoteLinkTable(program.config),
      ...(links && { checkAll: rows => rejectedRows(links, applications, rows) }),
      ...(database && { budgetsOf: organization => rateBudgetsOf(database, organization) }),
      kindOf: tracker => remoteLinkImport(tracker, { applications, links: links as Links }),
    })
  // A check alone needs the database only for the objects that it has.
  const isFileEnough = input.options.dryRun === true && applications.every(one => one.unknownObjects === 'accept')
  return isFileEnough
    ? await run()
    : await withLinks(program, context, applications, undefined, (links, database) =>
        recorded(input, { links, database }, counting => run(counting, database)),
      )
}

/** Records in the audit how many links were stored of each application, also if it stopped early: what was stored stays. */
async function recorded<T>(
  { arguments: [file = ''] }: CommandInput,
  { links, database }: { links: Links; database: Queries },
  work: (links: Links) => Promise<T>,
): Promise<T> {
  const stored = new Map<string, number>()
  const change: Links['change'] = async wish => {
    const changed = await links.change(wish)
    if (changed.length > 0) stored.set(wish.applicationId, (stored.get(wish.applicationId) ?? 0) + changed.length)
    return changed
  }
  try {
    return await work({ ...links, change })
  } finally {
    for (const [applicationId, created] of stored) {
      const about = { file, created: String(created) }
      await recordCommand(database, { operation: 'tracker import-remote-links', applicationId, about })
    }
    if (stored.size > 0) await tellCommand(database)
  }
}

type Rows = readonly (RemoteLinkRow & { line: number })[]

/** The rows whose objects their applications do not let issues be linked to. */
async function rejectedRows(links: Links, applications: readonly Application[], rows: Rows): Promise<WrongRow[]> {
  const wrong: WrongRow[] = []
  for (const application of applications) {
    const own = rows.filter(row => row.application === application.id)
    const keys = own.map(({ remoteKey }) => remoteKey)
    const rejected = new Set(await rejectedKeys(links.unknownKeys, application, keys))
    wrong.push(...own.filter(({ remoteKey }) => rejected.has(remoteKey)).map(notStored))
  }
  return wrong.toSorted((one, other) => one.line - other.line)
}

const notStored = ({ line, issue }: RemoteLinkRow & { line: number }): WrongRow => ({
  line,
  key: issue,
  faults: [
    { field: 'remoteKey', rule: 'is the key of no object', hint: 'Import the object first, or leave the row out.' },
  ],
})
