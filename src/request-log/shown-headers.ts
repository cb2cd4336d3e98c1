import type { IncomingHttpHeaders } from 'node:http'

/** Headers whose values are kept, at so many characters: none of them can hold a token. Of all others there are the names. */
const kept = new Set(['accept', 'accept-encoding', 'accept-language', 'content-length', 'content-type', 'user-agent'])
const mostCharacters = 100
const mostHeaders = 30

/** The headers of a call as the request log keeps them: each name, with its value where that may be kept, or null. */
export function shownHeaders(headers: IncomingHttpHeaders): Record<string, string | null> {
  const shown: Record<string, string | null> = {}
  let count = 0
  for (const name in headers) {
    if (++count > mostHeaders) break
    const value = kept.has(name) ? headers[name] : undefined
    const isText = typeof value === 'string'
    shown[remembered(names, name, shownName)] = isText ? remembered(values, value, shownValue) : null
  }
  return shown
}

/** Callers send the same headers again and again. */
const names = new Map<string, string>()
const values = new Map<string, string>()
const mostRemembered = 500
const longestRemembered = 300

function remembered(known: Map<string, string>, text: string, show: (text: string) => string): string {
  const found = known.get(text)
  if (found !== undefined) return found
  const shown = show(text)
  if (known.size >= mostRemembered) known.clear()
  if (text.length <= longestRemembered) known.set(text, shown)
  return shown
}

/** The names of the headers in which something like a token stands. */
export function headersWithTokens(headers: IncomingHttpHeaders): string[] {
  const found: string[] = []
  for (const name in headers) {
    if (ofTransport.has(name) || found.length === mostNamed) continue
    const value = String(headers[name])
    if (scheme.test(value) || namesToken.test(name) || value.split(/[\s,;=]+/).some(isTokenLike))
      found.push(shownName(name))
  }
  return found
}

const mostNamed = 10
const scheme = /^(oauth|bearer|basic|token|apikey|api-key) +\S/i
const namesToken = /authori[sz]ation|token|api-?key|secret|cookie/
/** What every client and proxy sends; ids of traces look like tokens. */
const ofTransport = new Set([
  ...kept,
  'accept-charset',
  'connection',
  'host',
  'date',
  'etag',
  'if-none-match',
  'traceparent',
  'tracestate',
  'transfer-encoding',
  'x-request-id',
  'via',
  'forwarded',
])

/** A name that somebody took a token for, by a slip, is not kept. */
const shownName = (name: string) =>
  /^[a-z0-9-]{1,40}$/.test(name) && !name.split('-').some(isTokenLike) ? name : hidden

export const hidden = '(hidden)'

const shownValue = (text: string) => withoutTokens(text.slice(0, mostCharacters))

/** A text with `(hidden)` in place of each word that looks like a token. */
const withoutTokens = (text: string): string =>
  text.replace(/[\w.~+/=-]{16,}/g, word => (word.split(/[/.]/).some(isTokenLike) ? hidden : word))

/**
 * Whether a word may be a token: long, of letters and digits in a mix. A UUID is not taken for one: objects have them as keys.
 */
export function isTokenLike(word: string): boolean {
  if (word.length < 16 || uuid.test(word)) return false
  const digits = word.replace(/\D/g, '').length
  return word.length >= 40 || (digits >= 2 && digits < word.length && /[a-z]/i.test(word))
}

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i
