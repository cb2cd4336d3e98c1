import { parse } from 'csv-parse/sync'
import type { Fault } from '../../errors/problem.ts'
import { type ReadCells, type Table, unknownField } from '../../values/field-table.ts'
import { CommandRefusal } from '../command.ts'
import { shown } from '../terminal-text.ts'

/** The columns in the header of a CSV file. Throws CommandRefusal if it is wrong, because then every row is. */
export function csvColumns(header: string, delimiter: string, table: Table): readonly string[] {
  const { fields, needed } = table
  const names = csvRecords([header], delimiter)[0]
  if (!names) throw new CommandRefusal('The header of the CSV file has a quote out of place; nothing was imported.')
  const faults = [
    ...names.flatMap((name, index) => {
      const field = `column ${index + 1}`
      if (name === '') return [{ field, rule: 'has no name', hint: 'Name it, or remove the column.' }]
      if (names.indexOf(name) < index)
        return [{ field, rule: `is ${shown(name, 60)} again`, hint: 'Remove one of the two.' }]
      return fields.includes(name) ? [] : [{ ...unknownField(name, table, fields), field: shown(name, 60) }]
    }),
    ...needed
      .filter(name => !names.includes(name))
      .map(field => ({ field, rule: 'must be a column', hint: `The columns are ${fields.join(', ')}.` })),
  ]
  if (faults.length > 0)
    throw new CommandRefusal('The header of the CSV file is wrong; nothing was imported.', faults.slice(0, 20))
  return names
}

/** The cells of each row, or why there are none. */
export function csvCells(rows: readonly string[], columns: readonly string[], delimiter: string): ReadCells[] {
  return csvRecords(rows, delimiter).map(record => {
    if (!record) return { cells: {}, faults: [quoteOutOfPlace] }
    if (record.length !== columns.length) return { cells: {}, faults: [wrongCount(record.length, columns.length)] }
    return { cells: Object.fromEntries(columns.map((column, index) => [column, record[index]])), faults: [] }
  })
}

/**
 * The texts of each row; undefined for a row that is not CSV. One call of the parser for all rows is ten times as fast as one
 * call for each.
 */
function csvRecords(rows: readonly string[], delimiter: string): (string[] | undefined)[] {
  try {
    const records = parse(rows.join('\n'), {
      delimiter,
      recordDelimiter: '\n',
      relaxColumnCount: true,
      maxRecordSize: 0,
    })
    if (records.length === rows.length) return records
  } catch (error) {
    if (rows.length === 1) return [undefined]
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return rows.flatMap(row => csvRecords([row], delimiter))
}

const quoteOutOfPlace: Fault = {
  field: 'row',
  rule: 'has a quote out of place',
  hint: 'Put the whole cell into quotes, and double every quote inside it.',
}

const wrongCount = (cells: number, columns: number): Fault => ({
  field: 'row',
  rule: `has ${cells} cells; the header has ${columns}`,
  hint: 'Quote cells that contain the delimiter, and write empty cells too.',
})
