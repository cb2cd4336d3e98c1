import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { buildConnector as BuildConnector } from 'undici'
import { forbiddenRange, isOpenable } from './forbidden-address.ts'
import { OutgoingFailure } from './outgoing-failure.ts'
import { ipLiteral } from './public-host.ts'

/** As `dns.lookup` with `all`. */
export type DnsLookup = (
  host: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Which addresses may be reached: those of the internet, and private ones if `isPrivateAllowed`. */
export type AddressGuard = { isPrivateAllowed: boolean; lookup?: DnsLookup | undefined }

/**
 * A connector for undici that reaches only addresses that the guard allows. Node calls `lookup` for names only, and connects
 * to what it returned without resolving the name again. So IP literals are checked before connecting, names in `lookup`
 * (every address of the answer), and finally the address that the socket has reached.
 */
export function guardedConnector(
  buildConnector: typeof BuildConnector,
  options: BuildConnector.BuildOptions,
  { isPrivateAllowed, lookup = systemLookup }: AddressGuard,
): BuildConnector.connector {
  const connect = buildConnector({ ...options, lookup: checkedLookup(lookup, isPrivateAllowed) })
  return (target, callback) => {
    const literal = ipLiteral(target.hostname)
    const failure = literal === undefined ? undefined : refusal(literal, isPrivateAllowed)
    if (failure) return callback(failure, null)
    connect(target, (error, socket) => {
      if (error) return callback(error, null)
      const reached = refusal(socket.remoteAddress ?? '', isPrivateAllowed)
      if (!reached) return callback(null, socket)
      socket.destroy()
      callback(reached, null)
    })
  }
}

function checkedLookup(lookup: DnsLookup, isPrivateAllowed: boolean): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const failure =
        error ?? addresses.map(({ address }) => refusal(address, isPrivateAllowed)).find(one => one !== undefined)
      if (failure) return callback(failure, [])
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      return callback(first ? null : new Error('no address'), first?.address ?? '', first?.family)
    })
}

function refusal(address: string, isPrivateAllowed: boolean): OutgoingFailure | undefined {
  const range = forbiddenRange(address, isPrivateAllowed)
  if (range === undefined) return undefined
  const way = isOpenable(range)
    ? 'name a host of your own network in `privateHosts`'
    : '`privateHosts` does not open it'
  return new OutgoingFailure('forbidden', `the host has an address that is not on the internet (${range}); ${way}`)
}
