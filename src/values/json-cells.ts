import './json-digits.ts'
import type { Fault } from '../errors/problem.ts'
import { type Cells, type ReadCells, type Table, unknownField } from './field-table.ts'
import { refusedName } from './json-body.ts'

/** How a JSON object with the fields of a table becomes cells: from its text, or where it was parsed already. */
export function jsonReader(table: Table): {
  fromText: (text: string) => ReadCells
  fromValue: (value: unknown) => ReadCells
} {
  const outerFields = [...new Set(table.fields.map(field => field.split('.')[0] as string))]
  /** The names inside `status` and the like with those of their fields; none for a field that is no object. */
  const innerFields = new Map(
    outerFields.map(outer => [
      outer,
      new Map(
        table.fields.flatMap(field => (field.startsWith(`${outer}.`) ? [[field.slice(outer.length + 1), field]] : [])),
      ),
    ]),
  )

  const fromText = (text: string): ReadCells => {
    let row: unknown
    try {
      row = hasInexactNumber.test(text) ? JSON.parse(text, exactly) : JSON.parse(text)
    } catch {
      return { cells: {}, faults: [notJson] }
    }
    if (!isObject(row)) return { cells: {}, faults: [notAnObject('row', table.needed)] }
    const { members, ...flat } = flatten(row)
    // `"name":` stands in the text once for each member, or more often where a name stands twice or a text looks like one.
    const refused = countNames(text) === members ? undefined : refusedName(text)
    // `__proto__`, which is refused too, is told as any other name that no row has.
    return refused === undefined || refused === '__proto__' ? flat : { cells: {}, faults: [nameRefused(refused)] }
  }

  const fromValue = (value: unknown): ReadCells => {
    if (!isObject(value)) return { cells: {}, faults: [notAnObject('row', table.needed)] }
    const { cells, faults } = flatten(value)
    return { cells, faults }
  }
  return { fromText, fromValue }

  /** `{"status": {"name": …}}` as `status.name`; and how many members were seen. */
  function flatten(row: JsonObject): ReadCells & { members: number } {
    const cells: Cells = {}
    const faults: Fault[] = []
    let members = 0
    for (const name of Object.keys(row)) {
      const value = row[name]
      members++
      const inner = innerFields.get(name)
      if (!inner) faults.push(unknownField(name, table, outerFields))
      else if (inner.size === 0) cells[name] = value
      else if (isObject(value)) {
        for (const part of Object.keys(value)) {
          members++
          const field = inner.get(part)
          if (field !== undefined) cells[field] = value[part]
          else faults.push({ ...unknownField(part, table, [...inner.keys()]), field: `${name}.${part}` })
        }
      } else if (value !== null) faults.push(notAnObject(name, [...inner.keys()]))
    }
    return { cells, faults, members }
  }
}

/** What `check` makes of cells, or all that is wrong with them, their form included. */
export function withFormFaults<T extends object>(
  { cells, faults }: ReadCells,
  check: (cells: Cells) => T | { faults: readonly Fault[] },
): T | { faults: readonly Fault[] } {
  const value = check(cells)
  if (faults.length === 0) return value
  // Of what could not be read at all only that is told, not every field that it lacks.
  const unreadable = Object.keys(cells).length === 0
  return { faults: [...faults, ...('faults' in value && !unreadable ? value.faults : [])].slice(0, 20) }
}

// A number past 2^53, or not written in digits alone: JavaScript's numbers would round it. To look for one is much faster
// than to read every row with its digits.
const hasInexactNumber = /"\s*:\s*(?:-0|-?(?:\d+[.eE]|\d{17}|9\d{15}))/

const exactly = (_name: string, value: unknown, { source }: { source?: string }) =>
  typeof value !== 'number' ? value : /^-?[1-9]\d*$|^0$/.test(source as string) ? BigInt(source as string) : Number.NaN

type JsonObject = { [name: string]: unknown }

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nameEnd = /"\s*:/g

/** How often a quote and a colon stand in a text, without a list of all of them. */
function countNames(text: string): number {
  let count = 0
  nameEnd.lastIndex = 0
  while (nameEnd.test(text)) count++
  return count
}

const notJson: Fault = { field: 'row', rule: 'must be valid JSON', hint: 'Correct its quotes, brackets and commas.' }

const notAnObject = (field: string, names: readonly string[]): Fault => ({
  field,
  rule: 'must be a JSON object',
  hint: `Write {${names.map(name => `"${name}": …`).join(', ')}}.`,
})

const nameRefused = (name: string): Fault => ({
  field: name,
  rule: 'must stand once in its object',
  hint: 'Remove one of the two.',
})
