import { unknownKeys } from '../../linked-objects/object-info.ts'
import { createLinks } from '../../links/create-links.ts'
import { type LinkStore, linkStore } from '../../storage/link-store.ts'
import { objectStore } from '../../storage/object-store.ts'
import type { Storage } from '../../storage/open-storage.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { RemoteLink } from '../../tracker-client/remote-links.ts'
import { notUnderstood } from '../../tracker-client/tracker-error.ts'
import { type IssueKey, parseIssueKey } from '../../tracker-contract/issue-key.ts'
import type { CliCommand, CliContext, CommandInput } from '../command.ts'
import { operator } from '../links/operator.ts'
import { readProgram, withStorage } from '../open-program.ts'
import type { WrongRow } from '../rows/table.ts'
import { importArguments, importFile, importOptions } from './import-file.ts'
import type { ImportKind } from './import-group.ts'
import { type RemoteLinkRow, remoteLinkTable } from './remote-link-rows.ts'

export const trackerImportRemoteLinks: CliCommand = {
  name: 'tracker import-remote-links',
  summary: 'link issues to objects, in Tracker and here',
  arguments: importArguments,
  options: importOptions,
  details: `
A row has issue, application and remoteKey: the issue, the id of the application as registered in Tracker and configured here,
and the key of the object. Each link is added in Tracker, unless it is there, and then stored here; the history names the user
of the operating system. Tracker is not asked to call the application back. Where the application has
\`unknownObjects: reject\`, rows with objects that are not stored are wrong.

The file is checked, the journal kept and the rest done as by \`tracker import-links\`.`,
  examples: ['tracker import-remote-links deals.csv --dry-run', 'tracker import-remote-links deals.ndjson'],
  run: importRemoteLinks,
}

async function importRemoteLinks(input: CommandInput, context: CliContext): Promise<number> {
  const program = readProgram(input, context)
  const { applications } = program.config
  const rejecting = applications.filter(({ unknownObjects }) => unknownObjects === 'reject').map(({ id }) => id)
  const run = (storage?: Storage) =>
    importFile<RemoteLinkRow, Known>(input, context, {
      journalOf: 'remote-links',
      table: remoteLinkTable(program.config),
      ...(storage && { checkAll: rows => unknownObjects(storage, rows, rejecting) }),
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

/** Rows with objects that are not stored, of applications that reject those. */
async function unknownObjects(
  storage: Storage,
  rows: readonly (RemoteLinkRow & { line: number })[],
  rejecting: readonly string[],
): Promise<WrongRow[]> {
  const objects = objectStore(storage.prisma)
  const wrong: WrongRow[] = []
  for (const application of rejecting) {
    const own = rows.filter(row => row.application === application)
    for (let start = 0; start < own.length; start += keysAtOnce) {
      const some = own.slice(start, start + keysAtOnce)
      const keys = some.map(({ remoteKey }) => remoteKey)
      const unknown = new Set(await unknownKeys(objects, application, keys))
      wrong.push(...some.filter(({ remoteKey }) => unknown.has(remoteKey)).map(notStored))
    }
  }
  return wrong.toSorted((one, other) => one.line - other.line)
}

const notStored = ({ line, issue }: RemoteLinkRow & { line: number }): WrongRow => ({
  line,
  key: issue,
  faults: [
    { field: 'remoteKey', rule: 'is the key of no object', mend: 'Import the object first, or leave the row out.' },
  ],
})
