import type { IncomingHttpHeaders } from 'node:http'
import { defaultHeader, defaultSchemes } from '../../config/schemas/authorization-schema.ts'

/** Where an application expects the token: the header, and what may stand before the token in it. */
export type TokenForm = { header: string; schemes: readonly string[] }

/** What a header holds. `scheme` never quotes a secret of the caller, so that it can be logged. */
type Presented =
  | { token: string; scheme: string }
  /** No token in an accepted form: `scheme` is `absent`, `bare`, a well-known name or `other`. */
  | { token?: never; scheme: string }

/** The scheme name for a token with nothing before it. */
export const bare = 'bare'

// What stands before the first space may be part of a secret, so only well-known names are logged.
const wellKnown = new Set(['apikey', 'api-key', 'basic', 'bearer', 'digest', 'dpop', 'negotiate', 'oauth', 'token'])

/** The form that the configuration sets. Tracker's documents name neither header nor scheme (tracker contract, section 2). */
export function tokenForm(settings: { header?: string; schemes?: readonly string[] }): TokenForm {
  return { header: settings.header ?? defaultHeader, schemes: settings.schemes ?? defaultSchemes }
}

/** Returns what finds the token in a request's headers (names in lower case, as Node gives them). */
export function createTokenReader({ header, schemes }: TokenForm): (headers: IncomingHttpHeaders) => Presented {
  const name = header.toLowerCase()
  const accepted = new Map(schemes.map(scheme => [scheme.toLowerCase(), scheme]))
  const takesBare = accepted.delete(bare)
  return headers => {
    const value = headers[name]
    if (typeof value !== 'string' || value === '') return { scheme: 'absent' }
    const space = value.indexOf(' ')
    if (space < 0) return takesBare ? { token: value, scheme: bare } : { scheme: bare }
    // RFC 9110, 11.4: a scheme, then one space or more.
    const before = value.slice(0, space).toLowerCase()
    const token = value.slice(space + 1).trimStart()
    const scheme = accepted.get(before)
    if (scheme !== undefined && token !== '') return { token, scheme }
    return { scheme: wellKnown.has(before) ? value.slice(0, space) : 'other' }
  }
}
