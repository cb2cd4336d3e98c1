/** Looks a path up in an answer; undefined if it cannot, and an expression has to be evaluated. */
export type PlainPath = (answer: unknown) => { value: unknown } | undefined

const step = String.raw`(?!(?:true|false|null|and|or|in|function)\b)[A-Za-z_]\w*(?:\[\d{1,6}\])?`
const path = new RegExp(String.raw`^\s*${step}(?:\.${step})*\s*$`)

/**
 * The path of an expression that is nothing else, such as `fields.status.name` or `assignees[0].login`: looked up here, as JSONata
 * would, it needs no process. Undefined for any other expression.
 */
export function plainPath(text: string): PlainPath | undefined {
  if (!path.test(text)) return undefined
  const steps = text.match(/[A-Za-z_]\w*|\d+/g)?.map(one => (/^\d/.test(one) ? Number(one) : one)) ?? []
  return answer => {
    let value = answer
    for (const one of steps) {
      if (typeof one === 'number' ? !isListOrNone(value) : Array.isArray(value)) return undefined
      value = own(value, one)
    }
    // JSONata has rules of its own for lists, and for null in them.
    return Array.isArray(value) || (value === null && typeof steps.at(-1) === 'number') ? undefined : { value }
  }
}

const isListOrNone = (value: unknown) => Array.isArray(value) || value === undefined

const own = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string | number, unknown>)[name]
    : undefined
