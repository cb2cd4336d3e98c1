import { isUtf8 } from 'node:buffer'

const slash = 0x2f

/**
 * Path and query of a request target as Node gives it (`req.url`: a character for each byte), with raw UTF-8 decoded;
 * undefined if it is not an address (`*`, `host:port`).
 */
export function readRequestTarget(target: string): string | undefined {
  const address = target.charCodeAt(0) === slash ? target : afterAuthority(target)
  return address === undefined || isAscii(address) ? address : readBytes(address)
}

/** A proxy may send the whole URL (RFC 9112, 3.2.2: a server must take it). */
function afterAuthority(target: string): string | undefined {
  const scheme = /^https?:\/\//i.exec(target)?.[0]
  const path = scheme === undefined ? -1 : target.indexOf('/', scheme.length)
  return path < 0 ? undefined : target.slice(path)
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false
  return true
}

function readBytes(address: string): string {
  const bytes = Buffer.from(address, 'latin1')
  // It is decoded already: a character of more than one byte cannot come from Node's HTTP parser.
  if (bytes.toString('latin1') !== address) return address
  if (isUtf8(bytes)) return bytes.toString()
  // Bytes that are not UTF-8 become half of a surrogate pair: no key may hold one, so no key is read from there.
  return address.replace(/[\x80-\xff]+/g, '\udc80')
}
