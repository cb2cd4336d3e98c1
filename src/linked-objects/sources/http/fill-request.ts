import type { ObjectSourceConfig } from '../../../config/schema.ts'
import type { OutgoingRequest } from '../../../outgoing/send-request.ts'
import type { RemoteKey } from '../../../tracker-contract/remote-key.ts'
import { keyReader } from '../key-parts.ts'
import { fillPlaceholders } from '../placeholders.ts'

export type HttpConfig = Extract<ObjectSourceConfig, { source: 'http' }>

/** A URL template as an address: its host and all before its path hold no placeholder. */
export const sampleAddress = (url: string): string => fillPlaceholders(url, () => 'x')

/** A text as it is written inside a JSON string. */
const insideJson = (part: string) => JSON.stringify(part).slice(1, -1)

/**
 * Makes the request for a key; undefined if the key does not belong to this source: it does not match `keyPattern`, or a part
 * of it (`..`, `a/../b`) could leave the path of `url`.
 */
export function requestFiller(config: HttpConfig, acceptedEncodings: string, applicationId: string) {
  const { method = 'GET', url, body } = config
  const readKey = keyReader(config.keyPattern, applicationId)
  const headers = {
    accept: 'application/json',
    'user-agent': 'tracker-link-server',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...Object.fromEntries(Object.entries(config.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    'accept-encoding': acceptedEncodings,
  }
  return async (key: RemoteKey, signal: AbortSignal): Promise<OutgoingRequest | undefined> => {
    const parts = await readKey(key, signal)
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

/**
 * Whether the path of an address has a `.` or `..` segment, as it is or once its escapes are decoded, any number of times. URLs
 * resolve such segments, and a proxy in front of the upstream may decode the path first (`..%2F`), or drop what follows a `;`
 * in each segment: our headers would go to another address.
 */
export function climbs(address: string): boolean {
  let path = address.replace(/[?#].*$/s, '')
  for (;;) {
    if (hasDots(path)) return true
    // Every character that matters here is ASCII. What a URL parser drops (tab, line feed) is dropped.
    const decoded = path.replace(/%([0-7][0-9a-f])/gi, (_escape, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    if (decoded === path) return false
    path = decoded.replace(/[\t\n\r]/g, '')
  }
}

const hasDots = (path: string) => path.split(/[/\\;?#]/).some(segment => segment === '.' || segment === '..')
