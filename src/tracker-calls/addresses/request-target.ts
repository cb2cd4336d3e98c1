import { isUtf8 } from 'node:buffer'

const slash = 0x2f

/** Whether a request target is an address, or `*`, which is none of ours. */
export const isRequestTarget = (target: string): boolean =>
  target.charCodeAt(0) === slash || target === '*' || afterAuthority(target) !== undefined

/**
 * Path and query of a request target as Node gives it (`req.url`: a character for each byte), with raw UTF-8 decoded;
 * undefined if it is not an address (`*`, `host:port`).
 */
export function readRequestTarget(target: string): string | undefined {
  const address = target.charCodeAt(0) === slash ? target : afterAuthority(target)
  return address === undefined || isAscii(address) ? address : readBytes(address)
}

/**
 * The path and query of a whole URL, which a proxy may send (RFC 9112, 3.2.2: a server must take it); undefined for anything
 * else. The path begins after the authority: in `http://host?/crm/objects/1` there is none. A user name is an error (RFC 9110, 4.2.4).
 */
function afterAuthority(target: string): string | undefined {
  const beginning = /^https?:\/\/[\w.~%!$&'()*+,;=:[\]-]+(?=\/)/i.exec(target)?.[0]
  return beginning === undefined ? undefined : target.slice(beginning.length)
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
