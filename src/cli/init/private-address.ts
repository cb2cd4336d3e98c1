import { lookup } from 'node:dns/promises'
import { forbiddenRange } from '../../outgoing/forbidden-address.ts'
import { hostOf } from '../../outgoing/private-hosts.ts'

/**
 * The host of an address for `privateHosts`, if it is one of the owner's own network: nothing would be sent there otherwise.
 * None if it is on the internet, or its name leads nowhere now.
 */
export async function privateHostsOf(address: string): Promise<string[]> {
  const host = hostOf(address)
  const found = await lookup(host, { all: true }).catch(() => [])
  const isPrivate = found.some(
    one => forbiddenRange(one.address, false) !== undefined && forbiddenRange(one.address, true) === undefined,
  )
  return isPrivate ? [host] : []
}
