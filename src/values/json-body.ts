import './json-digits.ts'
import { Problem } from '../errors/problem.ts'

// A byte order mark is taken off; anything that is not UTF-8 is refused rather than replaced, so that no two keys
// become one.
const utf8 = new TextDecoder('utf-8', { fatal: true })
const wholeNumber = /^(?:0|-?[1-9]\d*)$/

/** Which whole numbers become strings of their own digits. */
export type Digits =
  /** Those inside arrays: `entityIds` may come as numbers. */
  | 'inArrays'
  /** Those that a JavaScript number cannot hold: uids are 64-bit. */
  | 'beyondSafe'

/**
 * The value that a JSON body holds. Stricter than `JSON.parse`: UTF-8 only, every name once in its object, no
 * `__proto__`, and no digit of a whole number is lost. Throws Problem `body-not-json`.
 */
export function parseJsonBody(bytes: Buffer, digits: Digits): unknown {
  const text = decode(bytes)
  const value = parse(text, digits)
  const refused = refusedName(text)
  if (refused !== undefined)
    throw new Problem(
      'body-not-json',
      refused === '__proto__'
        ? 'The name `__proto__` is not taken.'
        : `The name ${JSON.stringify(refused)} stands twice in one object.`,
    )
  return value
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Problem('body-not-json', 'The body is not valid UTF-8.')
  }
}

// Where no digit follows a bracket or a comma, no array holds a number, and reading takes a fifth of the time.
const mayHold = { inArrays: /[[,]\s*-?\d/, beyondSafe: /\d{16}/ }

function parse(text: string, digits: Digits): unknown {
  try {
    if (!mayHold[digits].test(text)) return JSON.parse(text)
    return JSON.parse(text, function (_name, value, { source = '' }) {
      if (typeof value !== 'number' || !wholeNumber.test(source)) return value
      return (digits === 'inArrays' ? Array.isArray(this) : !Number.isSafeInteger(value)) ? source : value
    })
  } catch {
    throw new Problem('body-not-json', text === '' ? 'The body is empty.' : 'The body is not valid JSON.')
  }
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g

/** The first name that stands twice in its object, or is `__proto__`, in a text that is known to be valid JSON. */
export function refusedName(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let nameMayFollow = false
  for (const [token] of text.matchAll(tokens)) {
    const names = open.at(-1)
    if (token[0] === '"') {
      if (!nameMayFollow || !names) continue
      const name = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
      if (names.has(name) || name === '__proto__') return name
      names.add(name)
      nameMayFollow = false
    } else if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined)
      nameMayFollow = token === '{'
    } else if (token === ',') nameMayFollow = names !== undefined
    else open.pop()
  }
  return undefined
}
