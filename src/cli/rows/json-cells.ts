import '../../tracker-contract/json-digits.ts'
import type { Fault } from '../../errors/problem.ts'
import { refusedName } from '../../tracker-contract/json-body.ts'
import { type Cells, type Table, unknownField } from './table.ts'

/** How a row becomes cells, or why there are none: a JSON object with the fields of a table. */
export function jsonReader(table: Table): (text: string) => { cells: Cells; faults: readonly Fault[] } {
  const outerFields = [...new Set(table.fields.map(field => field.split('.')[0] as string))]
  /** The names inside `status` and the like; none for a field that is no object. */
  const innerFields = new Map(
    outerFields.map(outer => [
      outer,
      table.fields.flatMap(field => (field.startsWith(`${outer}.`) ? [field.slice(outer.length + 1)] : [])),
    ]),
  )

  return text => {
    let row: unknown
    try {
      row = hasInexactNumber.test(text) ? JSON.parse(text, exactly) : JSON.parse(text)
    } catch {
      return { cells: {}, faults: [notJson] }
    }
    if (!isObject(row)) return { cells: {}, faults: [notAnObject('row', table.needed)] }
    const { members, ...flat } = flatten(row)
    // `"name":` stands in the text once for each member, or more often where a name stands twice or a text looks like one.
    const refused = text.match(/"\s*:/g)?.length === members ? undefined : refusedName(text)
    // `__proto__`, which is refused too, is told as any other name that no row has.
    return refused === undefined || refused === '__proto__' ? flat : { cells: {}, faults: [nameRefused(refused)] }
  }

  /** `{"status": {"name": …}}` as `status.name`; and how many members were seen. */
  function flatten(row: object): { cells: Cells; faults: readonly Fault[]; members: number } {
    const cells: Cells = {}
    const faults: Fault[] = []
    let members = 0
    for (const [name, value] of Object.entries(row)) {
      members++
      const inner = innerFields.get(name)
      if (!inner) faults.push(unknownField(name, table, outerFields))
      else if (inner.length === 0) cells[name] = value
      else if (isObject(value)) {
        for (const [part, partValue] of Object.entries(value)) {
          members++
          if (inner.includes(part)) cells[`${name}.${part}`] = partValue
          else faults.push({ ...unknownField(part, table, inner), field: `${name}.${part}` })
        }
      } else if (value !== null) faults.push(notAnObject(name, inner))
    }
    return { cells, faults, members }
  }
}

// A number past 2^53, or not written in digits alone: JavaScript's numbers would round it. To look for one is much faster
// than to read every row with its digits.
const hasInexactNumber = /"\s*:\s*(?:-0|-?(?:\d+[.eE]|\d{17}|9\d{15}))/

const exactly = (_name: string, value: unknown, { source }: { source?: string }) =>
  typeof value !== 'number' ? value : /^-?[1-9]\d*$|^0$/.test(source as string) ? BigInt(source as string) : Number.NaN

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const notJson: Fault = { field: 'row', rule: 'must be valid JSON', mend: 'Mend its quotes, brackets and commas.' }

const notAnObject = (field: string, names: readonly string[]): Fault => ({
  field,
  rule: 'must be a JSON object',
  mend: `Write {${names.map(name => `"${name}": …`).join(', ')}}.`,
})

const nameRefused = (name: string): Fault => ({
  field: name,
  rule: 'must stand once in its object',
  mend: 'Remove one of the two.',
})
