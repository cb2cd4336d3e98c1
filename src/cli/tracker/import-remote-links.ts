import type { Application } from '../../config/schema.ts'
import type { UnknownKeys } from '../../linked-objects/cards/object-info.ts'
import { createLinks } from '../../links/create-links.ts'
import type { ImportKind } from '../../reconciliation/import-group.ts'
import type { Storage } from '../../storage/database/opening/open-storage.ts'
import { type LinkStore, linkStore } from '../../storage/links/link-store.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { RemoteLink } from '../../tracker-client/remote-links.ts'
import { notUnderstood } from '../../tracker-client/tracker-error.ts'
import { type IssueKey, parseIssueKey } from '../../tracker-contract/issue-key.ts'
import type { CliCommand, CliContext, CommandInput } from '../command.ts'
import { operator } from '../links/operator.ts'
import { type Program, readProgram, withStorage } from '../open-program.ts'
import { withCards } from '../open-sources.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { importArguments, importFile, importOptions } from './import-file.ts'
import { type RemoteLinkRow, remoteLinkTable } from './remote-link-rows.ts'

export const trackerImportRemoteLinks: CliCommand = {
  name: 'tracker import-remote-links',
  summary: 'link issues to objects, in Tracker and here',
  arguments: importArguments,
  options: importOptions,
  details: `
A row has issue, application and remoteKey: the issue, the id of the application as registered in Tracker and configured here,
and the key of the object. Each link is added in Tracker, unless it exists, and then stored here; the history names the user of
the operating system. Tracker is not asked to call the application back. If the application has \`unknownObjects: reject\`, rows
with objects that are not stored, or that their source does not know, are wrong.

The check, the journal and the rest are as for \`tracker import-links\`.`,
  examples: ['tracker import-remote-links deals.csv --dry-run', 'tracker import-remote-links deals.ndjson'],
  run: importRemoteLinks,
}

async function importRemoteLinks(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  const { applications } = program.config
  const rejecting = applications.filter(({ unknownObjects }) => unknownObjects === 'reject')
  const run = (storage?: Storage) =>
    importFile<RemoteLinkRow, Known>(input, context, {
      journalOf: 'remote-links',
      table: remoteLinkTable(program.config),
      ...(storage && { checkAll: rows => checkObjects(program, { context, storage, applications: rejecting }, rows) }),
      kindOf: tracker => remoteLinkImport(tracker, linkStore((storage as Storage).prisma)),
    })
  // A check alone needs the database only for the objects that it has.
  return input.options.dryRun && rejecting.length === 0 ? await run() : await withStorage(program, context, run)
}

/** The issue's present key, and its links by application and key. */
type Known = { issueKey: IssueKey; links: Set<string> }

/**
 * Links are added without `backlink`: then it takes neither a Tracker that reaches this server nor a create link call that
 * does not fail, of which its documents say nothing. Stored here is the present key of the issue.
 */
function remoteLinkImport(tracker: TrackerClient, store: LinkStore): ImportKind<RemoteLinkRow, Known> {
  return {
    async look(issue) {
      const issueKey = parseIssueKey((await tracker.issues.get(issue)).key)
      if (issueKey === undefined) throw notUnderstood('the key of an issue has another form')
      return { issueKey, links: new Set((await tracker.remoteLinks.list(issue)).flatMap(namesOf)) }
    },
    isThere: ({ application, remoteKey }, { links }) => links.has(`${application} ${remoteKey}`),
    async send({ issue, application, remoteKey }, { links }) {
      await tracker.remoteLinks.add(issue, { origin: application, key: remoteKey })
      links.add(`${application} ${remoteKey}`)
      return undefined
    },
    async settle({ application, remoteKey }, { issueKey }) {
      await createLinks(store, { applicationId: application, issueKey, remoteKeys: [remoteKey], actor: operator() })
    },
  }
}

/** An application has what it is registered as in `id`, or in `type` in one of the documents' examples; neither has a space. */
const namesOf = ({ object: { application, key } }: RemoteLink) => [
  `${application.id} ${key}`,
  `${application.type} ${key}`,
]

/** So many keys go into one query. */
const keysAtOnce = 1_000

type Rows = readonly (RemoteLinkRow & { line: number })[]

/** Rows with objects that are not known, of applications that reject those. */
function checkObjects(
  program: Program,
  opening: { context: CliContext; storage: Storage; applications: readonly Application[] },
  rows: Rows,
): Promise<WrongRow[]> {
  return withCards(program, opening, async ({ unknownKeys }) => {
    const wrong: WrongRow[] = []
    for (const { id } of opening.applications) wrong.push(...(await unknownObjects(unknownKeys, id, rows)))
    return wrong.toSorted((one, other) => one.line - other.line)
  })
}

async function unknownObjects(unknownKeys: UnknownKeys, application: string, rows: Rows): Promise<WrongRow[]> {
  const own = rows.filter(row => row.application === application)
  const wrong: WrongRow[] = []
  for (let start = 0; start < own.length; start += keysAtOnce) {
    const some = own.slice(start, start + keysAtOnce)
    const keys = some.map(({ remoteKey }) => remoteKey)
    const unknown = new Set(await unknownKeys(application, keys))
    wrong.push(...some.filter(({ remoteKey }) => unknown.has(remoteKey)).map(notStored))
  }
  return wrong
}

const notStored = ({ line, issue }: RemoteLinkRow & { line: number }): WrongRow => ({
  line,
  key: issue,
  faults: [
    { field: 'remoteKey', rule: 'is the key of no object', hint: 'Import the object first, or leave the row out.' },
  ],
})
