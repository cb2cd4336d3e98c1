import type { Fault } from '../../errors/problem.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import { CommandRefusal } from '../command.ts'
import { type CardCells, type CardField, checkCard, isWhole } from './card-fields.ts'
import { csvCells, csvColumns } from './csv-cells.ts'
import { jsonCells } from './json-cells.ts'
import { arrayEnds, csvEnds, lineEnds } from './row-ends.ts'
import { type RawRow, splitRows } from './split-rows.ts'

export const formats = ['ndjson', 'json', 'csv'] as const
export type Format = (typeof formats)[number]

/** A row that may not be imported: its first line in the file, its key where that could be read, and what is wrong. */
export type WrongRow = { line: number; key?: string; faults: readonly Fault[] }
/** A row of the file, checked. */
export type Row = { line: number; object: ObjectInfo } | WrongRow

/** The rows of a file, checked, some at a time. Throws CommandRefusal where no row can be read at all. */
export function readRows(format: Format, chunks: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  return format === 'csv' ? csvRows(chunks) : jsonRows(splitRows(chunks, format === 'json' ? arrayEnds() : lineEnds()))
}

async function* jsonRows(pieces: AsyncIterable<RawRow[]>): AsyncGenerator<Row[]> {
  for await (const raw of pieces)
    yield textRows(raw).map(row => ('faults' in row ? row : checked(row.line, jsonCells(row.text))))
}

async function* csvRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  const ends = csvEnds()
  let columns: readonly CardField[] | undefined
  for await (const raw of splitRows(chunks, ends)) {
    const rows = textRows(raw)
    columns ??= csvHeader(rows.shift(), ends.delimiter())
    if (columns) yield checkedCsv(rows, columns, ends.delimiter())
  }
  if (!columns)
    throw new CommandRefusal('The file is empty: a CSV file starts with a header, such as key,summary,status.name')
}

function csvHeader(row: TextRow | WrongRow | undefined, delimiter: string): readonly CardField[] | undefined {
  if (row && 'faults' in row)
    throw new CommandRefusal('The header of the CSV file cannot be read; nothing was imported.', row.faults)
  return row && csvColumns(row.text, delimiter)
}

function checkedCsv(rows: readonly (TextRow | WrongRow)[], columns: readonly CardField[], delimiter: string): Row[] {
  const texts = rows.filter(row => 'text' in row)
  const cells = csvCells(
    texts.map(row => row.text),
    columns,
    delimiter,
  ).values()
  return rows.map(row => ('faults' in row ? row : checked(row.line, cells.next().value as CellsOrFaults)))
}

type TextRow = { line: number; text: string }
type CellsOrFaults = { cells: CardCells; faults: readonly Fault[] }

function checked(line: number, { cells, faults }: CellsOrFaults): Row {
  const object = checkCard(cells)
  if (!('faults' in object) && faults.length === 0) return { line, object }
  const key = typeof cells.key === 'string' || isWhole(cells.key) ? { key: String(cells.key) } : {}
  // Of a row that could not be read at all only that is told, not every field that it lacks.
  const unreadable = faults.length > 0 && Object.keys(cells).length === 0
  const told = 'faults' in object && !unreadable ? [...faults, ...object.faults] : faults
  return { line, ...key, faults: told.slice(0, 20) }
}

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
  mend: 'Save the file in UTF-8; spreadsheets call it "CSV UTF-8".',
}
