import { hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What a key may do. `admin` may do everything, keys included. */
export const scopes = ['objects:write', 'links:read', 'links:write', 'reconciliation:write', 'admin'] as const
export type Scope = (typeof scopes)[number]

// By the checksum a scanner for leaked secrets, and this server, can tell a key from a text that resembles one.
const form = /^tlk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})_([0-9a-f]{8})$/

/** A new key: `tlk_ID_SECRET_CHECKSUM`, the secret 256 random bits in base64url. */
export function newApiKey(): { id: string; key: string; hash: Uint8Array<ArrayBuffer> } {
  const id = randomBytes(8).readBigUInt64BE().toString(36).padStart(13, '0').slice(-12)
  const body = `tlk_${id}_${randomBytes(32).toString('base64url')}`
  const key = `${body}_${checksum(body)}`
  return { id, key, hash: hashApiKey(key) }
}

/** Whether a text has the form of a key, checksum included. If it does not, the database need not be asked. */
export function isApiKey(text: string): boolean {
  return form.test(text) && text.slice(-8) === checksum(text.slice(0, -9))
}

/** The hash of a key, as it is stored. A secret of 256 bits needs no salt and no slow hash. */
export function hashApiKey(key: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', key, 'buffer'))
}

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0')
