import { TrackerError } from '../tracker-client/tracker-error.ts'
import { type ImportKind, importGroup, type RowSteps } from './import-group.ts'
import type { ImportJournal, RowEnd } from './import-journal.ts'
import type { IssueIds } from './resolve-issues.ts'

/** Issues that are worked on at once: enough to use up the rate budget if an answer takes a second. */
const mostAtOnce = 8
/** If the first rows are all refused for lack of rights, the rest would be too. */
const forbiddenAtFirst = 10

type ImportRow = { issue: string }

/** What is imported, and what has become of it. Rows are named by their positions in `rows`. */
export type ImportRun<Row> = {
  rows: readonly Row[]
  journal: ImportJournal
  /** Rows that have ended; others are added as they end. */
  ends: Map<number, RowEnd>
  idOf: IssueIds
  /** The same text for rows that mean the same link. */
  identityOf: (row: Row) => string
  tellProgress: () => void
  signal: AbortSignal
}

/** `stop` aborts at the first failure that would meet all rows, `stopped` also when the caller's signal does. */
type Running<Row, Known> = ImportRun<Row> & {
  kind: ImportKind<Row, Known>
  stop: AbortController
  stopped: AbortSignal
  forbidden: number
  passed: number
}

/**
 * Imports the rows that are not in `ends`, in the order of their issues' first rows, and adds them there. If several rows mean
 * the same link, all but the first wait until the others have ended; then the link is found in Tracker. Throws what stopped
 * it, or the reason of `signal`, once nothing is in flight.
 */
export async function runImport<Row extends ImportRow, Known>(
  kind: ImportKind<Row, Known>,
  run: ImportRun<Row>,
): Promise<void> {
  const stop = new AbortController()
  const stopped = AbortSignal.any([stop.signal, run.signal])
  const running: Running<Row, Known> = { ...run, kind, stop, stopped, forbidden: 0, passed: 0 }
  for (const round of rounds(run)) await importRound(running, round)
}

/** Positions of rows that have not ended. If several rows mean the same link, each round has one of them. */
function* rounds<Row>({ rows, ends, identityOf }: ImportRun<Row>) {
  let left = [...rows.keys()].filter(position => !ends.has(position))
  while (left.length > 0) {
    const links = new Set<string>()
    const isFirst = (position: number) => {
      const before = links.size
      return links.add(identityOf(rows[position] as Row)).size > before
    }
    const { now = [], later = [] } = Object.groupBy(left, position => (isFirst(position) ? 'now' : 'later'))
    yield now
    left = later
  }
}

async function importRound<Row extends ImportRow, Known>(
  running: Running<Row, Known>,
  positions: readonly number[],
): Promise<void> {
  const { rows, idOf, stop, signal } = running
  const groups = Map.groupBy(positions, position => idOf((rows[position] as Row).issue)).values()
  const failed = (error: unknown) => stop.abort(error)
  await Promise.all(Array.from({ length: mostAtOnce }, () => importGroups(running, groups).catch(failed)))
  signal.throwIfAborted()
  stop.signal.throwIfAborted()
}

/** One of several workers: takes groups of rows of one issue until none is left. */
async function importGroups<Row extends ImportRow, Known>(
  running: Running<Row, Known>,
  groups: Iterable<readonly number[]>,
): Promise<void> {
  const { rows, kind, stopped } = running
  for (const group of groups) {
    if (stopped.aborted) return
    const steps = group.map(position => ({ row: rows[position] as Row, steps: stepsOf(running, position) }))
    const [first] = steps
    if (first) await importGroup(kind, first.row.issue, steps, stopped)
  }
}

function stepsOf<Row, Known>(running: Running<Row, Known>, position: number): RowSteps {
  const { journal } = running
  return {
    wasStarted: journal.started.has(position),
    tellStarted: () => journal.append({ row: position, state: 'started' }),
    tellEnd: end => endRow(running, position, end),
  }
}

async function endRow<Row, Known>(running: Running<Row, Known>, position: number, end: RowEnd): Promise<void> {
  await running.journal.append({ row: position, ...end })
  running.ends.set(position, end)
  running.tellProgress()
  if (end.state !== 'refused') running.passed++
  else if (end.status === 403) countForbidden(running, end.why)
}

/** Throws TrackerError if the first rows were all refused for lack of rights. */
function countForbidden(running: { forbidden: number; passed: number }, why: string): void {
  running.forbidden++
  if (running.forbidden < forbiddenAtFirst || running.passed > 0) return
  throw new TrackerError('refused', `The first ${running.forbidden} links were refused for the same reason. ${why}`, {
    status: 403,
  })
}
