import { createRequire } from 'node:module'
import type { IPv4, IPv6 } from 'ipaddr.js'

/** Loaded by the first address that is checked: few configurations need it, and a check of one does not wait for an import. */
const require = createRequire(import.meta.url)
const loadIpaddr = (): typeof import('ipaddr.js') => require('ipaddr.js')

/** The ranges, of those that are not on the internet, that `privateHosts` opens for a host. */
const privateRanges = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']

/**
 * Where clouds hand out credentials, beside link-local addresses, which stay forbidden as a whole: among ordinary addresses, and in
 * the ranges above. AWS has the whole of its range (its ::23 hands out those of pods).
 */
const metadataServices = [
  ['168.63.129.16', 32], // Azure
  ['100.100.100.200', 32], // Alibaba
  ['fd00:ec2::', 32], // AWS
  ['fd20:ce::254', 128], // Google
  ['fd00:42::42', 128], // Scaleway
  ['fd00:a9fe:a9fe::1', 128], // Akamai (Linode)
] as const

/**
 * Why nothing may be sent to an IP address: the name of its range (`loopback`, `linkLocal`, …), `unreadable` for a text that
 * is not an IP address as sockets write one; undefined if it may be sent to.
 */
export function forbiddenRange(address: string, isPrivateAllowed: boolean): string | undefined {
  const range = rangeOf(address)
  if (range === 'unicast' || (isPrivateAllowed && isOpenable(range))) return undefined
  return range
}

/** Whether `privateHosts` could open the range. */
export const isOpenable = (range: string): boolean => privateRanges.includes(range)

function rangeOf(address: string): string {
  const { IPv4, IPv6 } = loadIpaddr()
  if (IPv4.isValidFourPartDecimal(address)) {
    const parsed = IPv4.parse(address)
    return isMetadataService(parsed) ? 'metadata' : parsed.range()
  }
  // Without the zone: it names a network interface and does not change what the address is.
  const bare = address.replace(/%.*$/, '')
  if (!bare.includes(':') || !IPv6.isValid(bare)) return 'unreadable'
  const parsed = IPv6.parse(bare)
  if (isMetadataService(parsed)) return 'metadata'
  const range = parsed.range()
  // Hosts get addresses from 2000::/3 only; the rest stands for IPv4 addresses, is local or is not yet assigned.
  return range === 'unicast' && !parsed.match(IPv6.parse('2000::'), 3) ? 'reserved' : range
}

function isMetadataService(address: IPv4 | IPv6): boolean {
  const { parse } = loadIpaddr()
  return metadataServices.some(([service, bits]) => {
    const range = parse(service)
    return range.kind() === address.kind() && address.match(range, bits)
  })
}
