import { parseExactly } from '../../../application-calls/exact-json.ts'
import { Refusal } from '../../world/refusal.ts'

/** The fields of a JSON body. Whole numbers of more than 53 bits are bigints: a uid has 64. */
export type Body = Readonly<Record<string, unknown>>

/** Whatever the content type says, a body is JSON in UTF-8, or empty. Throws `Refusal` 400. */
export function parseBody(bytes: Buffer): unknown {
  const text = decode(bytes)
  if (text.trim() === '') return undefined
  try {
    return parseExactly(text, numberOf)
  } catch {
    throw new Refusal(400, { errorMessages: ['The body is not valid JSON.'] })
  }
}

/** Without a byte order mark. A wrong byte is never replaced: a key or a summary would be stored as another. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refusal(400, { errorMessages: ['The body is not UTF-8.'] })
  }
}

function numberOf(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits)
}

/** The fields of a body; none if the body is empty or `null`. Throws `Refusal` 400. */
export function bodyFields(body: unknown): Body {
  if (body === undefined || body === null) return {}
  if (typeof body === 'object' && !Array.isArray(body)) return body as Body
  throw new Refusal(400, { errorMessages: ['The body is not a JSON object.'] })
}

/** A text, or the digits of a number; empty for anything else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? `${value}` : ''

export const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The key or id of a queue or an issue, given as such or in an object, as the official client sends them. */
export const nameOf = (value: unknown): string => textOf(isObject(value) ? (value.key ?? value.id) : value)
