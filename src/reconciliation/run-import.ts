import type { ImportJournal, RowEnd } from '../cli/tracker/import-journal.ts'
import { TrackerError } from '../tracker-client/tracker-error.ts'
import { type ImportKind, importGroup, type RowSteps } from './import-group.ts'
import type { IssueIds } from './resolve-issues.ts'

/** So many issues are worked on at once: enough to use the rate budget where an answer takes a second. */
const mostAtOnce = 8
/** If the first rows are all refused for want of rights, so will be the rest. */
const forbiddenAtFirst = 10

type ImportRow = { issue: string }

/**
 * Imports the rows that are not in `ends` (by position), in the order of their issues' first rows, and adds them there. Of
 * rows that mean the same link all but the first wait until the others have ended: then the link is found. Throws what
 * stopped it, or the reason of `signal`, once nothing is under way any more.
 */
export async function runImport<Row extends ImportRow, Known>(
  rows: readonly Row[],
  kind: ImportKind<Row, Known>,
  {
    journal,
    ends,
    idOf,
    identityOf,
    tellProgress,
    signal,
  }: {
    journal: ImportJournal
    ends: Map<number, RowEnd>
    idOf: IssueIds
    identityOf: (row: Row) => string
    tellProgress: () => void
    signal: AbortSignal
  },
): Promise<void> {
  const stop = new AbortController()
  const stopped = AbortSignal.any([stop.signal, signal])
  let forbidden = 0
  let passed = 0

  const stepsOf = (position: number): RowSteps => ({
    wasStarted: journal.started.has(position),
    tellStarted: () => journal.append({ row: position, state: 'started' }),
    tellEnd: async end => {
      await journal.append({ row: position, ...end })
      ends.set(position, end)
      tellProgress()
      if (end.state !== 'refused') passed++
      else if (end.status === 403 && ++forbidden >= forbiddenAtFirst && passed === 0)
        throw new TrackerError('refused', `The first ${forbidden} links were refused alike. ${end.why}`, {
          status: 403,
        })
    },
  })

  const importAll = async (positions: readonly number[]) => {
    const waiting = Map.groupBy(positions, position => idOf((rows[position] as Row).issue)).values()
    const worker = async () => {
      for (const group of waiting) {
        if (stopped.aborted) return
        const steps = group.map(position => ({ row: rows[position] as Row, steps: stepsOf(position) }))
        const [first] = steps
        if (first) await importGroup(kind, first.row.issue, steps, stopped)
      }
    }
    const failed = (error: unknown) => stop.abort(error)
    await Promise.all(Array.from({ length: mostAtOnce }, () => worker().catch(failed)))
    signal.throwIfAborted()
    stop.signal.throwIfAborted()
  }

  for (const round of rounds(rows, ends, identityOf)) await importAll(round)
}

/** Positions of rows that have not ended. Of rows that mean the same link each round has one. */
function* rounds<Row>(rows: readonly Row[], ends: ReadonlyMap<number, RowEnd>, identityOf: (row: Row) => string) {
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
