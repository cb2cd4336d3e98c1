import type { RowEnd } from '../../reconciliation/import-journal.ts'
import { type CliContext, type CommandInput, print } from '../command.ts'
import { tellWrongRows } from '../rows/tell-wrong-rows.ts'
import type { WrongRow } from '../rows/wrong-row.ts'
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

/** Tells what became of a file. Returns the exit code. */
export function tellReport<Row>(
  input: CommandInput,
  context: CliContext,
  table: ImportTable<Row>,
  report: ImportReport<Row>,
): number {
  if (!input.json) tellRefused(context, table, report.refused)
  const text = report.interrupted
    ? `Interrupted: ${summary(report)}. Run the same command again to go on.`
    : `${visible(report.file)} for organization ${report.organization}, in ${report.seconds} s: ${summary(report)}.`
  print(input, context, text, {
    ...report,
    refused: report.refused.map(({ row, why }) => ({ line: row.line, link: table.nameOf(row), why })),
  })
  if (report.interrupted) return 1
  return report.refused.length > 0 ? 2 : 0
}

/** Tells what a check found, if nothing else was to be done or could be done. Returns the exit code. */
export function tellCheck(
  input: CommandInput,
  context: CliContext,
  { rows, wrong }: { rows: number; wrong: readonly WrongRow[] },
): number {
  const file = input.arguments[0] as string
  const isRight = wrong.length === 0
  if (!input.json) tellWrongRows(context, wrong, wrong.length)
  const text = isRight
    ? `${visible(file)} is right: ${counted(rows, 'row')}. Nothing was sent.`
    : `${visible(file)} has ${counted(wrong.length, 'wrong row')}; nothing was sent.`
  print(input, context, text, { file, rows: rows + (isRight ? 0 : wrong.length), wrong, sent: false })
  return isRight ? 0 : 2
}

/** Lists the rows that Tracker refused, with its words. */
function tellRefused<Row>(
  { stderr }: CliContext,
  table: ImportTable<Row>,
  refused: ImportReport<Row>['refused'],
): void {
  for (const { row, why } of refused) stderr.write(`line ${row.line}, ${visible(table.nameOf(row))}: ${visible(why)}\n`)
}
