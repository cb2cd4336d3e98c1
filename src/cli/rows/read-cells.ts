import type { Fault } from '../../errors/problem.ts'
import type { Cells, Table } from '../../values/field-table.ts'
import { jsonReader, withFormFaults } from '../../values/json-cells.ts'
import { CommandRefusal } from '../command.ts'
import { csvCells, csvColumns } from './csv-cells.ts'
import { arrayEnds, csvEnds, lineEnds } from './row-ends.ts'
import { type RawRow, splitRows } from './split-rows.ts'
import type { WrongRow } from './table.ts'

export const formats = ['ndjson', 'json', 'csv'] as const
export type Format = (typeof formats)[number]

/** A row that could be read: its cells, and what is wrong with its form. */
export type ReadRow = { line: number; cells: Cells; faults: readonly Fault[] }

/** The rows of a file, not yet checked, some at a time. Throws CommandRefusal where no row can be read at all. */
export function readCells(
  format: Format,
  chunks: AsyncIterable<Buffer>,
  table: Table,
): AsyncGenerator<(ReadRow | WrongRow)[]> {
  return format === 'csv'
    ? csvRows(chunks, table)
    : jsonRows(splitRows(chunks, format === 'json' ? arrayEnds() : lineEnds()), table)
}

/** A row with its value, or with everything that is wrong with it. `check` judges the cells. */
export function checkRow<T extends object>(
  row: ReadRow | WrongRow,
  keyOf: (cells: Cells) => string | undefined,
  check: (cells: Cells) => T | { faults: readonly Fault[] },
): (T & { line: number }) | WrongRow {
  if (!('cells' in row)) return row
  const { line, cells } = row
  const value = withFormFaults(row, check)
  if (!('faults' in value)) return { ...value, line }
  const key = keyOf(cells)
  return { line, ...(key !== undefined && { key }), faults: value.faults.slice(0, 20) }
}

async function* jsonRows(pieces: AsyncIterable<RawRow[]>, table: Table): AsyncGenerator<(ReadRow | WrongRow)[]> {
  const read = jsonReader(table).fromText
  for await (const raw of pieces)
    yield textRows(raw).map(row => ('faults' in row ? row : { line: row.line, ...read(row.text) }))
}

async function* csvRows(chunks: AsyncIterable<Buffer>, table: Table): AsyncGenerator<(ReadRow | WrongRow)[]> {
  const ends = csvEnds()
  let columns: readonly string[] | undefined
  for await (const raw of splitRows(chunks, ends)) {
    const rows = textRows(raw)
    columns ??= csvHeader(rows.shift(), ends.delimiter(), table)
    if (columns) yield readCsv(rows, columns, ends.delimiter())
  }
  if (!columns)
    throw new CommandRefusal(
      `The file is empty: a CSV file starts with a header, such as ${table.fields.slice(0, 4).join(',')}`,
    )
}

function csvHeader(
  row: TextRow | WrongRow | undefined,
  delimiter: string,
  table: Table,
): readonly string[] | undefined {
  if (row && 'faults' in row)
    throw new CommandRefusal('The header of the CSV file cannot be read; nothing was imported.', row.faults)
  return row && csvColumns(row.text, delimiter, table)
}

function readCsv(
  rows: readonly (TextRow | WrongRow)[],
  columns: readonly string[],
  delimiter: string,
): (ReadRow | WrongRow)[] {
  const texts = rows.filter(row => 'text' in row)
  const cells = csvCells(
    texts.map(row => row.text),
    columns,
    delimiter,
  ).values()
  return rows.map(row => ('faults' in row ? row : { line: row.line, ...(cells.next().value as CellsOrFaults) }))
}

type TextRow = { line: number; text: string }
type CellsOrFaults = { cells: Cells; faults: readonly Fault[] }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The rows as text, without those that are blank. */
function textRows(raw: readonly RawRow[]): (TextRow | WrongRow)[] {
  return raw.map(textRow).filter(row => 'faults' in row || row.text.trim() !== '')
}

function textRow(row: RawRow): TextRow | WrongRow {
  if ('faults' in row) return row
  try {
    return { line: row.line, text: utf8.decode(row.bytes).replace(/\r$/, '') }
  } catch {
    return { line: row.line, faults: [notUtf8] }
  }
}

const notUtf8: Fault = {
  field: 'row',
  rule: 'must be UTF-8',
  hint: 'Save the file in UTF-8; spreadsheets call it "CSV UTF-8".',
}
