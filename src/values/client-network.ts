import { isIP } from 'node:net'

/**
 * What counts as one client address: an IPv4 address, also one inside IPv6; of IPv6 the first 64 bits, since whoever has one
 * such address has all of them.
 */
export function clientNetwork(address: string | undefined): string {
  // A connection that is closed already has none, and a proxy may hand on anything.
  if (address === undefined || isIP(address) === 0) return 'unknown'
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const zeros = Array.from({ length: missing }, () => '0')
  return `${[...groups, ...zeros, ...(tail ?? '').split(':')].slice(0, 4).join(':')}::/64`
}
