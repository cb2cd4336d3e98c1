import type { RowEnd } from '../../reconciliation/import-journal.ts'
import type { CliContext } from '../command.ts'
import { counted, visible } from '../terminal-text.ts'
import type { ImportTable } from './read-import-file.ts'

/** What has become of a file: `earlier` rows ended in former runs, `left` have not ended. */
export type ImportReport<Row> = {
  file: string
  organization: string
  rows: number
  done: number
  there: number
  refused: { row: Row & { line: number }; why: string }[]
  left: number
  earlier: number
  interrupted: boolean
  seconds: number
}

export function reportOf<Row>(
  rows: readonly (Row & { line: number })[],
  ends: ReadonlyMap<number, RowEnd>,
  run: Pick<ImportReport<Row>, 'file' | 'organization' | 'interrupted' | 'earlier' | 'seconds'>,
): ImportReport<Row> {
  const counts = { done: 0, there: 0 }
  const refused: ImportReport<Row>['refused'] = []
  for (const [position, row] of rows.entries()) {
    const end = ends.get(position)
    if (end?.state === 'refused') refused.push({ row, why: end.why })
    else if (end) counts[end.state]++
  }
  return { ...run, rows: rows.length, ...counts, refused, left: rows.length - ends.size }
}

export function summary<Row>({ rows, done, there, refused, left, earlier }: ImportReport<Row>): string {
  const [made, same, wrong, open] = [done, there, refused.length, left].map(count => count.toLocaleString('en-US'))
  const rest = left > 0 ? `, ${open} left` : ''
  const before = earlier > 0 ? ` (${counted(earlier, 'row')} in earlier runs)` : ''
  return `${counted(rows, 'row')}: ${made} imported, ${same} already there, ${wrong} refused${rest}${before}`
}

/** Lists the rows that Tracker refused, with its words. */
export function tellRefused<Row>(
  { stderr }: CliContext,
  table: ImportTable<Row>,
  refused: ImportReport<Row>['refused'],
): void {
  for (const { row, why } of refused) stderr.write(`line ${row.line}, ${visible(table.nameOf(row))}: ${visible(why)}\n`)
}
