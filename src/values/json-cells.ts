import type { Fault } from '../errors/problem.ts'
import { type Cells, type ReadCells, type Table, unknownField } from './field-table.ts'
import { readJson } from './json-digits.ts'
import { refusedName } from './refused-name.ts'

/** The fields of a table as JSON has them: by the name of a member, the fields inside it. A field that is no object has none. */
export type JsonFields = { table: Table; inside: ReadonlyMap<string, ReadonlyMap<string, string>> }

export function jsonFields(table: Table): JsonFields {
  const inside = new Map<string, Map<string, string>>()
  for (const field of table.fields) {
    const [outer, inner] = field.split('.') as [string, string | undefined]
    const parts = inside.get(outer) ?? new Map<string, string>()
    if (inner !== undefined) parts.set(inner, field)
    inside.set(outer, parts)
  }
  return { table, inside }
}

/** The cells of a JSON text. */
export function cellsOfText(fields: JsonFields, text: string): ReadCells {
  let row: unknown
  try {
    row = readJson(text, 'asBigint')
  } catch {
    return { cells: {}, faults: [notJson] }
  }
  if (!isObject(row)) return { cells: {}, faults: [notAnObject('row', fields.table.needed)] }
  const { members, ...flat } = flatten(fields, row)
  // A text has one `"name":` for each member, and more if a name stands twice or a value looks like one.
  const refused = countNames(text) === members ? undefined : refusedName(text)
  // `__proto__`, which is refused too, is reported like any other unknown name.
  return refused === undefined || refused === '__proto__' ? flat : { cells: {}, faults: [nameRefused(refused)] }
}

/** The cells of a value that was read from JSON already. */
export function cellsOfValue(fields: JsonFields, value: unknown): ReadCells {
  if (!isObject(value)) return { cells: {}, faults: [notAnObject('row', fields.table.needed)] }
  const { cells, faults } = flatten(fields, value)
  return { cells, faults }
}

/** `{"status": {"name": …}}` becomes `status.name`. Counts the members that it saw. */
function flatten({ table, inside }: JsonFields, row: JsonObject): ReadCells & { members: number } {
  const cells: Cells = {}
  const faults: Fault[] = []
  let members = 0
  for (const name of Object.keys(row)) {
    const value = row[name]
    members++
    const inner = inside.get(name)
    if (!inner) faults.push(unknownField(name, table, [...inside.keys()]))
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

/** What `check` makes of cells, or everything that is wrong with them, including their form. */
export function withFormFaults<T extends object>(
  { cells, faults }: ReadCells,
  check: (cells: Cells) => T | { faults: readonly Fault[] },
): T | { faults: readonly Fault[] } {
  const value = check(cells)
  if (faults.length === 0) return value
  // If nothing could be read, only that is told, not every field that is missing.
  const unreadable = Object.keys(cells).length === 0
  return { faults: [...faults, ...('faults' in value && !unreadable ? value.faults : [])].slice(0, 20) }
}

type JsonObject = { [name: string]: unknown }

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nameEnd = /"\s*:/g

/** How often a quote with a colon after it stands in a text. */
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
