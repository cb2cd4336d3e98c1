import { TrackerError } from '../../tracker-client/tracker-error.ts'
import { type ImportKind, importGroup, type RowSteps } from './import-group.ts'
import type { ImportJournal, RowEnd } from './import-journal.ts'

/** So many issues are worked on at once: enough to use the rate budget where an answer takes a second. */
const mostAtOnce = 8
/** If the first rows are all refused for want of rights, so will be the rest. */
const forbiddenAtFirst = 10

type ImportRow = { issue: string }

/**
 * Imports the rows that are not in `ends` (by position), in the order of their issues' first rows, and adds them there. Throws
 * what stopped it, or the reason of `signal`, once nothing is under way any more.
 */
export async function runImport<Row extends ImportRow, Known>(
  rows: readonly Row[],
  kind: ImportKind<Row, Known>,
  {
    journal,
    ends,
    tellProgress,
    signal,
  }: { journal: ImportJournal; ends: Map<number, RowEnd>; tellProgress: () => void; signal: AbortSignal },
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

  const waiting = groupByIssue(rows, position => ends.has(position)).entries()
  const worker = async () => {
    for (const [issue, positions] of waiting) {
      if (stopped.aborted) return
      const group = positions.map(position => ({ row: rows[position] as Row, steps: stepsOf(position) }))
      await importGroup(kind, issue, group, stopped)
    }
  }
  const failed = (error: unknown) => stop.abort(error)
  await Promise.all(Array.from({ length: mostAtOnce }, () => worker().catch(failed)))
  signal.throwIfAborted()
  stop.signal.throwIfAborted()
}

/** The positions of rows, by their issues, without those that have ended. */
function groupByIssue(rows: readonly ImportRow[], hasEnded: (position: number) => boolean): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [position, { issue }] of rows.entries()) {
    if (hasEnded(position)) continue
    const group = groups.get(issue)
    if (group) group.push(position)
    else groups.set(issue, [position])
  }
  return groups
}
