import { loadIpaddr } from '../linked-objects/load-when-needed.ts'

/** What of the ranges that are not of the internet a host may have that `privateHosts` names. Metadata services have none. */
const privateRanges = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']

/** The metadata service of Azure has an address in the middle of ordinary ones. */
const azureMetadata = '168.63.129.16'

/**
 * Why nothing may be sent to an IP address: the name of its range (`loopback`, `linkLocal`, …); undefined where it may.
 * A text that is no IP address, as sockets write one, is `unreadable`.
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
  // Without the zone, which says on which network it is, not what it is.
  const bare = address.replace(/%.*$/, '')
  if (!bare.includes(':') || !IPv6.isValid(bare)) return 'unreadable'
  const parsed = IPv6.parse(bare)
  const range = parsed.range()
  // 2000::/3 is all that is handed out to hosts; the rest carries IPv4 in some form, is local, or is to come.
  return range === 'unicast' && !parsed.match(IPv6.parse('2000::'), 3) ? 'reserved' : range
}
