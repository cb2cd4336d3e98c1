import type { IncomingHttpHeaders } from 'node:http'
import type { TokenForm } from '../../storage/calls/sightings.ts'
import { headersWithTokens } from '../shown-headers.ts'

const schemes = ['OAuth', 'Bearer', 'Basic', 'Token', 'ApiKey', 'Api-Key']
/** Of Yandex: OAuth tokens, IAM tokens, JWT. */
const prefixes = ['y0_', 'y1_', 'y2_', 'y3_', 't1.', 'AQ', 'eyJ']

/** The form of the token that a call presents, and nothing from which it could be told. `expected`: the header's name. */
export function tokenForm(headers: IncomingHttpHeaders, expected: string): TokenForm | undefined {
  const header = headers[expected.toLowerCase()] === undefined ? headersWithTokens(headers)[0] : expected.toLowerCase()
  const value = header === undefined ? undefined : headers[header]
  if (header === undefined || typeof value !== 'string' || value.trim() === '') return undefined
  const [first = '', ...rest] = value.trim().split(/\s+/)
  const scheme = schemes.find(known => known.toLowerCase() === first.toLowerCase())
  // Any other word may be the token itself.
  const token = scheme === undefined ? value.trim() : rest.join(' ')
  const prefix = prefixes.find(known => token.startsWith(known))
  return {
    header,
    scheme: scheme === undefined ? (rest.length > 0 ? 'unknown' : 'none') : first,
    length: token.length,
    alphabet: alphabetOf(token),
    ...(prefix && { prefix }),
  }
}

function alphabetOf(token: string): string {
  if (/^\d+$/.test(token)) return 'digits'
  if (/^[\da-f]+$/i.test(token)) return 'hex digits'
  if (/^[\da-z]+$/i.test(token)) return 'letters and digits'
  if (/^[\w-]+$/.test(token)) return 'letters, digits, - and _'
  return /^[\w.~+/=-]+$/.test(token) ? 'letters, digits and ._~+/=-' : 'other characters as well'
}
