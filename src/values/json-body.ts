import { Problem } from '../errors/problem.ts'
import { type Digits, readJson } from './json-digits.ts'
import { refusedName } from './refused-name.ts'

// Skips a byte order mark. What is not UTF-8 is refused rather than replaced, or two keys might become one.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** `entityIds` may come as numbers; uids are 64-bit. */
type BodyDigits = Extract<Digits, 'inArrays' | 'beyondSafe'>

/**
 * The value that a JSON body holds. Stricter than `JSON.parse`: UTF-8 only, every name once in its object, no
 * `__proto__`, no digit of a whole number lost. Throws Problem `body-not-json`.
 */
export function parseJsonBody(bytes: Buffer, digits: BodyDigits): unknown {
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

function parse(text: string, digits: BodyDigits): unknown {
  try {
    return readJson(text, digits)
  } catch {
    throw new Problem('body-not-json', text === '' ? 'The body is empty.' : 'The body is not valid JSON.')
  }
}
