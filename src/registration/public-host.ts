import { BlockList, isIP } from 'node:net'

/** Why a host cannot be reached from the internet: because of its `address` or its `name`; undefined if it can. */
export function unreachableHost(hostname: string): 'address' | 'name' | undefined {
  const address = ipLiteral(hostname)
  if (address !== undefined) return isPublicAddress(address) ? undefined : 'address'
  const labels = hostname.toLowerCase().replace(/\.$/, '').split('.')
  return labels.length < 2 || reservedTopLevels.has(labels.at(-1) as string) ? 'name' : undefined
}

/** The IP address that a URL's `hostname` is; undefined if it is a name. `URL` has normalised odd forms of IPv4 already. */
export function ipLiteral(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIP(bare) === 0 ? undefined : bare
}

/** Whether the internet routes an IP address (without brackets), by the IANA special-purpose address registries. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !specialIpv4.check(address, 'ipv4')
  return globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6')
}

/** From RFC 2606, 6761, 6762, 7686, 8375, 9476 and ICANN's `internal`; the others are in use inside of networks. */
const reservedTopLevels = new Set(
  'local localhost internal test example invalid onion alt arpa corp home intranet lan localdomain private'.split(' '),
)

function subnets(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net, prefix] = range.split('/') as [string, string]
    list.addSubnet(net, Number(prefix), family)
  }
  return list
}

const specialIpv4 = subnets('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

// The internet does not route anything outside (loopback, link-local, unique local, IPv4-mapped, NAT64, multicast).
const globalIpv6 = subnets('ipv6', ['2000::/3'])
const specialIpv6 = subnets('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])
