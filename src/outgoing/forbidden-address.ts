import { createRequire } from 'node:module'

/** Loaded by the first address that is checked: few configurations need it, and a check of one does not wait for an import. */
const require = createRequire(import.meta.url)
const loadIpaddr = (): typeof import('ipaddr.js') => require('ipaddr.js')

/** The ranges, of those that are not on the internet, that `privateHosts` opens for a host. Metadata services are in none. */
const privateRanges = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']

/** Azure's metadata service has an address among ordinary ones. */
const azureMetadata = '168.63.129.16'

/**
 * Why nothing may be sent to an IP address: the name of its range (`loopback`, `linkLocal`, …), `unreadable` for a text that
 * is not an IP address as sockets write one; undefined if it may be sent to.
 */
export function forbiddenRange(address: string, isPrivateAllowed: boolean): string | undefined {
  const range = rangeOf(address)
  if (range === 'unicast' || (isPrivateAllowed && privateRanges.includes(range))) return undefined
  return range
}

function rangeOf(address: string): string {
  const { IPv4, IPv6 } = loadIpaddr()
  if (address === azureMetadata) return 'metadata'
  if (IPv4.isValidFourPartDecimal(address)) return IPv4.parse(address).range()
  // Without the zone: it names a network interface and does not change what the address is.
  const bare = address.replace(/%.*$/, '')
  if (!bare.includes(':') || !IPv6.isValid(bare)) return 'unreadable'
  const parsed = IPv6.parse(bare)
  const range = parsed.range()
  // Hosts get addresses from 2000::/3 only; the rest stands for IPv4 addresses, is local or is not yet assigned.
  return range === 'unicast' && !parsed.match(IPv6.parse('2000::'), 3) ? 'reserved' : range
}
