import { isWhole } from '../../linked-objects/check-card.ts'
import { checkPush, pushTable } from '../../linked-objects/pushed/check-push.ts'
import type { PutObject } from '../../storage/objects/put-objects.ts'
import type { Cells } from '../../values/field-table.ts'
import { checkRow, type Format, readCells } from '../rows/read-cells.ts'
import type { WrongRow } from '../rows/wrong-row.ts'

/** A row of the file, checked. */
export type Row = { line: number; object: PutObject } | WrongRow

/** The rows of a file, checked, some at a time. Throws CommandRefusal if no row can be read at all. */
export async function* readRows(format: Format, chunks: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  for await (const rows of readCells(format, chunks, pushTable)) yield rows.map(row => checkRow(row, keyOf, checked))
}

const keyOf = ({ key }: Cells) => (typeof key === 'string' || isWhole(key) ? String(key) : undefined)

function checked(cells: Cells) {
  const object = checkPush(cells)
  return 'faults' in object ? object : { object }
}
