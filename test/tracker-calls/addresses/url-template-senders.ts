import { fillUrlTemplate, type UrlTemplate } from '../../../src/tracker-contract/url-template/url-template.ts'

export type Keys = { issueKey: string; remoteKey: string }

/**
 * Fills in a template as some program would; the address is given as Node's HTTP server gives it. Undefined if this
 * program could not send it, or would send another key.
 */
export type Sender = (template: UrlTemplate, keys: Keys) => string | undefined

/** A character for each byte, as in `req.url`. */
export const onTheWire = (address: string) => Buffer.from(address).toString('latin1')

const escapeBytes = (text: string, kept: RegExp, space = '%20') =>
  Array.from(Buffer.from(text).toString('latin1'), byte => {
    if (byte === ' ') return space
    return kept.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`
  }).join('')

/** java.net.URLEncoder. */
const javaUrlEncoder = (key: string) => escapeBytes(key, /[A-Za-z0-9.\-*_]/, '+')
/** urllib.parse.quote, with its default `safe='/'`. */
const pythonQuote = (key: string) => escapeBytes(key, /[A-Za-z0-9_.\-~/]/)
const pythonQuotePlus = (key: string) => escapeBytes(key, /[A-Za-z0-9_.\-~]/, '+')
const lowerHex = (key: string) => encodeURIComponent(key).replace(/%../g, one => one.toLowerCase())
const everyByte = (key: string) => escapeBytes(key, /(?!)/)

/** A program that encodes the keys; what is not ASCII in the template's own text it encodes as UTF-8. */
const encoding =
  (encode: (key: string) => string): Sender =>
  (template, keys) =>
    fillUrlTemplate(template, keys, encode).replace(/\P{ASCII}+/gu, encodeURIComponent)

/** No program sends the segments `.` and `..`: they are resolved before (RFC 3986, 5.2.4). */
const hasSteps = (address: string) => /^[^?]*\/(\.|%2e){1,2}([/?]|$)/i.test(address)

/** A script in a browser: `encodeURIComponent` in the path, `searchParams` in the query. */
const searchParams: Sender = (template, keys) => {
  const mark = template.text.indexOf('?')
  const query = template.text.slice(mark + 1)
  if (mark < 0 || /(^|&)[^=&]*\{\{/.test(query)) return undefined
  const path = fillUrlTemplate({ ...template, text: template.text.slice(0, mark) }, keys, encodeURIComponent)
  if (hasSteps(path)) return undefined
  const url = new URL(`https://links.example.com${path}`)
  for (const [name, value] of new URLSearchParams(`?${query}`))
    url.searchParams.append(
      name,
      fillUrlTemplate({ ...template, text: value }, keys, key => key),
    )
  return url.pathname + url.search
}

/** A URL parser given the whole address: it encodes what no URL may hold, and leaves escapes. */
const urlParser: Sender = (template, keys) => {
  const address = fillUrlTemplate(template, keys, key => key)
  if (/[#\\\t\r\n]|%[0-9A-Fa-f]{2}|[\0-\x20]$/.test(keys.remoteKey) || hasSteps(address)) return undefined
  return new URL(`https://links.example.com${address}`).href.slice('https://links.example.com'.length)
}

/** Nothing is encoded. A request line can hold neither spaces nor control characters. */
const unencoded: Sender = (template, keys) => {
  const address = fillUrlTemplate(template, keys, key => key)
  // The text %00 looks like an escaped NUL, which is refused.
  return /[\0-\x20\x7f]/.test(address) || keys.remoteKey.includes('%00') ? undefined : onTheWire(address)
}

export const senders = {
  encodeURIComponent: encoding(encodeURIComponent),
  'encodeURIComponent, lower-case hex': encoding(lowerHex),
  'new URL() and searchParams': searchParams,
  'new URL() of the whole address': urlParser,
  'java.net.URLEncoder': encoding(javaUrlEncoder),
  'urllib.parse.quote': encoding(pythonQuote),
  'urllib.parse.quote_plus': encoding(pythonQuotePlus),
  'encodeURIComponent, twice': encoding(key => encodeURIComponent(encodeURIComponent(key))),
  'every byte': encoding(everyByte),
  'nothing encoded': unencoded,
} as const satisfies Record<string, Sender>
