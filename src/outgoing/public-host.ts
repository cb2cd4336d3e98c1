import { isIP } from 'node:net'
import { forbiddenRange } from './forbidden-address.ts'

/** Why a host cannot be reached from the internet: because of its `address` or its `name`; undefined if it can. */
export function unreachableHost(hostname: string): 'address' | 'name' | undefined {
  const address = ipLiteral(hostname)
  if (address !== undefined) return isPublicAddress(address) ? undefined : 'address'
  const labels = hostname.toLowerCase().replace(/\.$/, '').split('.')
  return labels.length < 2 || reservedTopLevels.has(labels.at(-1) as string) ? 'name' : undefined
}

/** The IP address that a URL's `hostname` is; undefined if it is a name. `URL` has normalised odd forms of IPv4 already. */
export function ipLiteral(hostname: string): string | undefined {
  const bare = hostname.replace(/[[\]]/g, '')
  return isIP(bare) === 0 ? undefined : bare
}

/** Whether the internet routes an IP address (without brackets). */
export const isPublicAddress = (address: string): boolean => forbiddenRange(address, false) === undefined

/** From RFC 2606, 6761, 6762, 7686, 8375, 9476 and ICANN's `internal`; the others are in use inside of networks. */
const reservedTopLevels = new Set(
  'local localhost internal test example invalid onion alt arpa corp home intranet lan localdomain private'.split(' '),
)
