import type { ObjectSourceConfig } from '../../../config/schema.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { keyReader } from './key-parts.ts'

export type HttpConfig = Extract<ObjectSourceConfig, { source: 'http' }>

/** A request ready to be sent. Values of headers are secrets. */
export type FilledRequest = { method: 'GET' | 'POST'; address: string; headers: Record<string, string>; body?: string }

const placeholder = /\{\{([A-Za-z]\w*)\}\}/g

/** The names of the placeholders in a text. */
export const placeholdersOf = (text: string): string[] =>
  [...text.matchAll(placeholder)].map(([, name]) => name as string)

/** Fills the placeholders of a text, each with what `fill` makes of its name. */
export const fillPlaceholders = (text: string, fill: (name: string) => string): string =>
  text.replace(placeholder, (_whole, name: string) => fill(name))

/** The part of a text as it stands inside a string of JSON. */
const insideJson = (part: string) => JSON.stringify(part).slice(1, -1)

/**
 * Makes the request for a key; undefined where the key is none of this source: it does not fit `keyPattern`, or a part of
 * it would climb out of the path of `url` (`..`).
 */
export function requestFiller(config: HttpConfig, acceptedEncodings: string) {
  const { method = 'GET', url, body } = config
  const readKey = keyReader(config.keyPattern)
  const headers = {
    accept: 'application/json',
    'user-agent': 'tracker-link-server',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...Object.fromEntries(Object.entries(config.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    'accept-encoding': acceptedEncodings,
  }
  return (key: RemoteKey): FilledRequest | undefined => {
    const parts = readKey(key)
    if (!parts) return undefined
    const address = fillPlaceholders(url, name => encodeURIComponent(parts[name] ?? ''))
    if (climbs(address)) return undefined
    return {
      method,
      address,
      headers,
      ...(body !== undefined && { body: fillPlaceholders(body, name => insideJson(parts[name] ?? '')) }),
    }
  }
}

/** Whether an address has a segment that URLs resolve away: what follows would be another address, asked with our headers. */
export function climbs(address: string): boolean {
  const path = address.replace(/[?#].*$/s, '')
  return path.split(/[/\\]/).some(segment => /^(\.|%2e){1,2}$/i.test(segment))
}
