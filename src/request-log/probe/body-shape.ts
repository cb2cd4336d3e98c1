import type { BodyShape } from '../../storage/calls/sightings.ts'
import { hidden, isTokenLike } from '../shown-headers.ts'

const most = 20

/** Names and types of a body's fields in their order, and how many keys it names. */
export function bodyShape(body: unknown): BodyShape | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  const { entityIds } = body as { entityIds?: unknown }
  const keys = Array.isArray(entityIds) ? entityIds : []
  return {
    fields: Object.entries(body)
      .slice(0, most)
      .map(([name, value]) => `${shownWord(name)}: ${typeOf(value)}`),
    keys: keys.length,
    duplicates: keys.length - new Set(keys).size,
  }
}

/** A name, unless somebody took a token for one. */
export const shownWord = (name: string): string =>
  /^[\w.-]{1,40}$/.test(name) && !name.split('-').some(isTokenLike) ? name : hidden

function typeOf(value: unknown): string {
  if (Array.isArray(value))
    return `array of ${[...new Set(value.slice(0, 100).map(typeOf))].join(' and ') || 'nothing'}`
  return value === null ? 'null' : typeof value
}
