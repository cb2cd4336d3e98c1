import type { Fault } from '../../errors/problem.ts'
import type { Cells, ReadCells, Table } from '../../values/field-table.ts'
import { cellsOfText, jsonFields, withFormFaults } from '../../values/json-cells.ts'
import { type Line, type LineRules, lastLine, lineSplitter, pushChunk } from '../../values/split-lines.ts'
import { CommandRefusal } from '../command.ts'
import { arrayEnds } from './array-ends.ts'
import { csvCells, csvColumns } from './csv-cells.ts'
import { csvEnds } from './csv-ends.ts'
import { type RawRow, rowMaxBytes, rowTooLong, splitRows } from './split-rows.ts'
import type { WrongRow } from './wrong-row.ts'

export const formats = ['ndjson', 'json', 'csv'] as const
export type Format = (typeof formats)[number]

/** A row that could be read. */
export type ReadRow = ReadCells & { line: number }

/** The rows of a file, not yet checked, some at a time. Throws CommandRefusal if no row can be read at all. */
export function readCells(
  format: Format,
  chunks: AsyncIterable<Buffer>,
  table: Table,
): AsyncGenerator<(ReadRow | WrongRow)[]> {
  if (format === 'csv') return csvRows(chunks, table)
  return jsonRows(format === 'json' ? elements(chunks) : lines(chunks), table)
}

/** A row with its value, or with everything that is wrong with it. `check` makes a value of the cells. */
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

async function* jsonRows(pieces: AsyncIterable<Line[]>, table: Table): AsyncGenerator<(ReadRow | WrongRow)[]> {
  const fields = jsonFields(table)
  for await (const rows of pieces)
    yield rows.map(row => ('faults' in row ? row : { line: row.line, ...cellsOfText(fields, row.text) }))
}

async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  const splitter = lineSplitter(lineRules)
  for await (const chunk of chunks) yield pushChunk(splitter, chunk)
  yield lastLine(splitter)
}

async function* elements(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  for await (const raw of splitRows(chunks, arrayEnds())) yield textRows(raw)
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

function csvHeader(row: Line | undefined, delimiter: string, table: Table): readonly string[] | undefined {
  if (row && 'faults' in row)
    throw new CommandRefusal('The header of the CSV file cannot be read; nothing was imported.', row.faults)
  return row && csvColumns(row.text, delimiter, table)
}

function readCsv(rows: readonly Line[], columns: readonly string[], delimiter: string): (ReadRow | WrongRow)[] {
  const texts = rows.flatMap(row => ('text' in row ? [row.text] : []))
  const cells = csvCells(texts, columns, delimiter).values()
  return rows.map(row => ('faults' in row ? row : { line: row.line, ...(cells.next().value as ReadCells) }))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The rows as text, without blank ones. */
function textRows(raw: readonly RawRow[]): Line[] {
  return raw.map(textRow).filter(row => 'faults' in row || row.text.trim() !== '')
}

function textRow(row: RawRow): Line {
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

const lineRules: LineRules = { maxBytes: rowMaxBytes, tooLong: rowTooLong, notUtf8 }
