import { resolve } from 'node:path'
import type { Organization } from '../../config/schema.ts'
import type { ImportKind } from '../../reconciliation/import-group.ts'
import type { RowEnd } from '../../reconciliation/import-journal.ts'
import { resolveIssues } from '../../reconciliation/resolve-issues.ts'
import { runImport } from '../../reconciliation/run-import.ts'
import type { rateBudgetsOf } from '../../storage/work/rate-budget.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { CliContext, CommandInput } from '../command.ts'
import { onInterruption } from '../interruption.ts'
import { readProgram } from '../open-program.ts'
import { type ImportProgress, importProgress } from '../rows/import-progress.ts'
import { formats } from '../rows/read-cells.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
import { type ImportReport, reportOf, summary, tellCheck, tellReport } from './import-report.ts'
import { type JournalFile, type JournalOf, openJournal } from './journal-file.ts'
import { chosenOrganization, trackerOptions, withTracker } from './open-tracker.ts'
import { type ImportFile, type ImportTable, readImportFile } from './read-import-file.ts'

/** Tries of a request: with their pauses about a minute, in which a Tracker that is restarted comes back. */
const tries = 8

export const importArguments = [{ name: '<file>', summary: 'NDJSON, a JSON array, or CSV with a header' }]
export const importOptions = [
  ...trackerOptions,
  { flags: '--format <format>', summary: 'what the file holds (default: by its ending)', choices: formats },
  { flags: '--dry-run', summary: 'only check the file: nothing is sent, nothing is written' },
]

/** What differs between the imports. */
type ImportOf<Row extends { issue: string }, Known> = {
  journalOf: JournalOf['import']
  table: ImportTable<Row>
  /** The rates that it shares with the servers, if it has their database open. */
  budgetsOf?: (organization: Organization) => ReturnType<typeof rateBudgetsOf>
  /** Rules that only the import can check; returns further wrong rows. */
  checkAll?: (rows: ImportFile<Row>['rows']) => Promise<WrongRow[]>
  /** `formerEnds`, by position, are those of earlier runs. */
  kindOf: (
    tracker: TrackerClient,
    rows: readonly Row[],
    formerEnds: ReadonlyMap<number, RowEnd>,
  ) => ImportKind<Row, Known>
}

/** The command of an import: checks the file, imports it, reports. Returns the exit code. Throws what stopped it. */
export async function importFile<Row extends { issue: string }, Known>(
  input: CommandInput,
  context: CliContext,
  what: ImportOf<Row, Known>,
): Promise<number> {
  const program = readProgram(input, context)
  const organization = input.options.dryRun ? undefined : chosenOrganization(input, program)
  const file = await readImportFile(input, context, what.table)
  const { rows, wrong } = file
  if (wrong.length === 0) wrong.push(...((await what.checkAll?.(rows)) ?? []))
  if (wrong.length > 0 || !organization) return tellCheck(input, context, { rows: rows.length, wrong })
  const report = await importRows(input, context, { organization, file, what })
  return tellReport(input, context, what.table, report)
}

/** Imports the rows that have not ended in an earlier run. Throws what stopped it, except an interruption by the user. */
async function importRows<Row extends { issue: string }, Known>(
  input: CommandInput,
  context: CliContext,
  { organization, file, what }: { organization: Organization; file: ImportFile<Row>; what: ImportOf<Row, Known> },
): Promise<ImportReport<Row>> {
  const [name, began] = [input.arguments[0] as string, performance.now()]
  const { rows, sha256 } = file
  const { id, url } = organization
  const path = `${resolve(context.directory, name)}.journal`
  const journal = await openJournal(path, { import: what.journalOf, sha256, organization: id, url })
  // Refused rows are tried again: rights may have been given, or an issue created.
  const ends = new Map([...journal.ended].filter(([, { state }]) => state !== 'refused'))
  const earlier = ends.size
  const report = (interrupted: boolean) => {
    const seconds = Math.round((performance.now() - began) / 100) / 10
    return reportOf(rows, ends, { file: name, organization: organization.name, interrupted, earlier, seconds })
  }

  const interruption = new AbortController()
  const { signal } = interruption
  const stopListening = onInterruption(() => interruption.abort())
  const progress = importProgress(context, rows.length)
  try {
    await sendRows(organization, what, { rows, journal, ends, progress, signal })
  } catch (error) {
    progress.stop()
    if (signal.aborted) return report(true)
    context.stderr.write(`Stopped early: ${summary(report(false))}. Run the same command again to go on.\n`)
    throw error
  } finally {
    progress.stop()
    stopListening()
    await journal.close()
  }
  return report(false)
}

/** Sends the rows that are not in `ends`, and adds them there as they end. */
async function sendRows<Row extends { issue: string }, Known>(
  organization: Organization,
  { table: { issuesOf, identityOf }, kindOf, budgetsOf }: ImportOf<Row, Known>,
  run: {
    rows: readonly Row[]
    journal: JournalFile
    ends: Map<number, RowEnd>
    progress: ImportProgress
    signal: AbortSignal
  },
): Promise<void> {
  const { rows, journal, ends, progress, signal } = run
  const work = async (tracker: TrackerClient) => {
    // A wrong token or organization is reported once, before any row.
    await tracker.users.myself()
    const left = rows.filter((_, position) => !ends.has(position))
    const idOf = await resolveIssues(tracker, left.flatMap(issuesOf))
    await runImport(kindOf(tracker, rows, journal.ended), {
      rows,
      journal,
      ends,
      idOf,
      identityOf: row => identityOf(row, idOf),
      tellProgress: () => progress.tell(ends.size, ends.size),
      signal,
    })
  }
  const budgets = budgetsOf?.(organization)
  await withTracker(organization, work, { tries, signal, ...(budgets && { budgets }) })
}
