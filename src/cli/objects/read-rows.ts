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

/** The rows of a file, checked, in the memory of a few rows. Throws CommandRefusal where no row can be read at all. */
export function readRows(format: Format, chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  return format === 'csv' ? csvRows(chunks) : jsonRows(splitRows(chunks, format === 'json' ? arrayEnds() : lineEnds()))
}

async function* jsonRows(raw: AsyncGenerator<RawRow>): AsyncGenerator<Row> {
  for await (const row of textRows(raw))
    if ('faults' in row) yield row
    else yield checked(row.line, jsonCells(row.text))
}

/** So many rows go through the CSV parser together. */
const csvBatchRows = 200

async function* csvRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  const ends = csvEnds()
  let columns: readonly CardField[] | undefined
  let batch: TextRow[] = []
  const flush = (delimiter: string): Row[] => {
    const cells = csvCells(
      batch.map(row => row.text),
      columns ?? [],
      delimiter,
    )
    const rows = batch.map(({ line }, index) => checked(line, cells[index] as CellsOrFaults))
    batch = []
    return rows
  }
  for await (const row of textRows(splitRows(chunks, ends))) {
    if (!columns) {
      if ('faults' in row)
        throw new CommandRefusal('The header of the CSV file cannot be read; nothing was imported.', row.faults)
      columns = csvColumns(row.text, ends.delimiter())
    } else if ('faults' in row) yield* [...flush(ends.delimiter()), row]
    else if (batch.push(row) === csvBatchRows) yield* flush(ends.delimiter())
  }
  if (!columns)
    throw new CommandRefusal('The file is empty: a CSV file starts with a header, such as key,summary,status.name')
  yield* flush(ends.delimiter())
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
async function* textRows(raw: AsyncGenerator<RawRow>): AsyncGenerator<TextRow | WrongRow> {
  for await (const row of raw) {
    if ('faults' in row) {
      yield row
      continue
    }
    try {
      const text = utf8.decode(row.bytes).replace(/\r$/, '')
      if (text.trim() !== '') yield { line: row.line, text }
    } catch {
      yield { line: row.line, faults: [notUtf8] }
    }
  }
}

const notUtf8: Fault = {
  field: 'row',
  rule: 'must be UTF-8',
  mend: 'Save the file in UTF-8; spreadsheets call it "CSV UTF-8".',
}
