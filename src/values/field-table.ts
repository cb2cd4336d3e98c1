import { nearestName } from '../config/nearest-name.ts'
import type { Fault } from '../errors/problem.ts'

/** What a row of a file, or an object that is sent to us, may hold. */
export type Table = {
  /** What it is, for messages: `card`. */
  row: string
  /** Its fields, which are also the columns of CSV; one inside an object is named `status.name`. */
  fields: readonly string[]
  /** Fields that CSV must have a column for. */
  needed: readonly string[]
}

/** A row as it came, not yet checked. Whole numbers of JSON are `bigint`, or `number` if that is exact. */
export type Cells = { [field: string]: unknown }

/** The cells of a row, and what is wrong with its form. */
export type ReadCells = { cells: Cells; faults: readonly Fault[] }

/** The fault of an unknown name. */
export function unknownField(name: string, { row }: Table, known: readonly string[]): Fault {
  const near = nearestName(name, known)
  return {
    field: name,
    rule: `is no field of a ${row}`,
    hint: near === undefined ? `The fields are ${known.join(', ')}.` : `Did you mean ${near}?`,
  }
}
