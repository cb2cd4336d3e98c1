import { isIP } from 'node:net'
import { readPostgresAddress } from './postgres-address.ts'

/** The formats of the two schemas: rules that a pattern cannot express. Each returns whether a text is valid. */
export const formats = {
  uri: (text: string) => parseAddress(text) !== undefined,

  'front-url': (text: string) => {
    const parts = text.split('{{remoteKey}}')
    return parts.length === 2 && !/[{}]/.test(parts.join('')) && parseAddress(parts.join('1')) !== undefined
  },

  'source-url': (text: string) => parseAddress(text.replace(/\{\{[A-Za-z]\w*\}\}/g, '1')) !== undefined,

  'token-header': (text: string) => !notForTokens.has(text.toLowerCase()),

  'postgres-address': (text: string) => readPostgresAddress(text) !== undefined,

  host: (text: string) => isIP(text) !== 0 || /^(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/i.test(text),
}

/** An absolute http(s) address, if it is valid without the corrections that `URL` makes. */
function parseAddress(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#]/i.test(text) || /[\s\\]/.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.username === '' && url.password === '' ? url : undefined
}

/** Headers about the connection, the body and the route: HTTP clients and proxies set them themselves. */
const notForTokens = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])
