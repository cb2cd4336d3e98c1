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
 * of it (`..`) would leave the path of `url`.
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

/** Whether an address has a `.` or `..` segment. URLs resolve them, so our headers would go to another address. */
export function climbs(address: string): boolean {
  const path = address.replace(/[?#].*$/s, '')
  return path.split(/[/\\]/).some(segment => /^(\.|%2e){1,2}$/i.test(segment))
}
