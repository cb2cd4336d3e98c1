import { parseExactly } from '../../application-calls/exact-json.ts'
import { Refusal } from '../world/refusal.ts'

/** The fields of a JSON body. Whole numbers of more than 53 bits are bigints: a uid has 64. */
export type Body = Readonly<Record<string, unknown>>

/** Whatever the content type says, a body is JSON or empty. Throws `Refusal` 400. */
export function parseBody(bytes: Buffer): unknown {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  if (text.trim() === '') return undefined
  try {
    return parseExactly(text, numberOf)
  } catch {
    throw new Refusal(400, { errorMessages: ['The body is not valid JSON.'] })
  }
}

function numberOf(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) || !/^-?\d+$/.test(digits) ? number : BigInt(digits)
}

/** The fields of a body; none where there is no body, or the body is `null`. Throws `Refusal` 400. */
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

/** A queue or an issue by its key, its id, or an object with one of them, as the official client sends them. */
export const nameOf = (value: unknown): string => textOf(isObject(value) ? (value.key ?? value.id) : value)

/** Faults of a body, told all at once. */
export function fieldFaults() {
  const errors: Record<string, string> = {}
  return {
    add: (field: string, message: string): undefined => {
      errors[field] ??= message
    },
    /** A required text; undefined where it is missing or none, which is told. */
    text(body: Body, field: string): string | undefined {
      const value = body[field]
      if (typeof value === 'string' && value !== '') return value
      const isMissing = value === undefined || value === null || value === ''
      return this.add(field, isMissing ? `${field} is required.` : `${field} is not a string.`)
    },
    /** A required issue, by a text or an object that names it; undefined as for `text`. */
    issue(body: Body, field: string): string | undefined {
      const value = body[field]
      return this.text(isObject(value) ? { [field]: nameOf(value) } : body, field)
    },
    /** What to throw: 422 with every fault so far. */
    refusal: () => new Refusal(422, { errors }),
    /** Throws the refusal where there is a fault. */
    refuse(): void {
      if (Object.keys(errors).length > 0) throw this.refusal()
    },
  }
}
