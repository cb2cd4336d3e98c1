import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { buildConnector as BuildConnector } from 'undici'
import { SourceFailure } from '../linked-objects/object-source.ts'
import { forbiddenRange } from './forbidden-address.ts'

const connectMs = 1_000

/** As `dns.lookup` with `all`. */
export type Lookup = (
  host: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * A connector for undici that reaches addresses of the internet only, and private ones where `isPrivateAllowed`. Node asks
 * a `lookup` about names only, and connects to what it answered without asking again; so a literal is checked here, every
 * answer of a name there, and at last the address that the socket has reached.
 */
export function guardedConnector(
  buildConnector: typeof BuildConnector,
  { isPrivateAllowed, lookup = systemLookup }: { isPrivateAllowed: boolean; lookup?: Lookup | undefined },
): BuildConnector.connector {
  const forbidden = (address: string): SourceFailure | undefined => {
    const range = forbiddenRange(address, isPrivateAllowed)
    return range === undefined ? undefined : new SourceFailure('forbidden', tell(range))
  }
  const checkedLookup: LookupFunction = (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const fault = error ?? addresses.map(({ address }) => forbidden(address)).find(one => one !== undefined)
      if (fault) return callback(fault, [])
      if (options.all) return callback(null, addresses)
      const [first] = addresses
      return callback(first ? null : new Error('no address'), first?.address ?? '', first?.family)
    })
  const connect = buildConnector({ timeout: connectMs, allowH2: false, lookup: checkedLookup })

  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    const fault = isIP(host) === 0 ? undefined : forbidden(host)
    if (fault) return callback(fault, null)
    connect(options, (error, socket) => {
      if (error) return callback(error, null)
      const reached = forbidden(socket.remoteAddress ?? '')
      if (!reached) return callback(null, socket)
      socket.destroy()
      callback(reached, null)
    })
  }
}

const tell = (range: string) =>
  `the host has an address that is not of the internet (${range}); a host of your own network is named in \`privateHosts\``
