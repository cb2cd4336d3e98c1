import { lookup } from 'node:dns/promises'
import net from 'node:net'
import type { Settings } from '../../../config/settings.ts'
import { CommandRefusal } from '../../command.ts'
import { addressesOf, type ListenAddress, namedAddresses, refuse, sharesPorts } from '../listen.ts'

/** The sockets of a listener. They are bound here and listened at by the workers, who share them and their queues. */
export type Bound = { sockets: readonly net.BoundSocket[]; address: net.AddressInfo }

/** Binds the sockets of both listeners. Throws CommandRefusal. */
export async function bindListeners(settings: Settings): Promise<{ public: Bound; admin: Bound }> {
  // Node 24 has it from 24.19 on; Windows has no descriptors to hand over.
  if (!('BoundSocket' in net) || process.platform === 'win32')
    throw new CommandRefusal(
      `WORKERS needs Node 24.19 or newer, on Linux or macOS; this is ${process.version} on ${process.platform}. Set WORKERS=1, and start more servers behind a proxy instead.`,
    )
  const [publicAddress, adminAddress] = addressesOf(settings)
  const [publicSide, adminSide] = [await bind(publicAddress), await bind(adminAddress)]
  return { public: publicSide, admin: adminSide }
}

async function bind(address: ListenAddress): Promise<Bound> {
  const [named = address.host, ...others] = await namedAddresses(address)
  try {
    const first = net.isIP(named) ? named : (await lookup(named)).address
    const sockets = [new net.BoundSocket({ host: first, port: address.port, reusePort: sharesPorts })]
    const taken = sockets[0]?.address() as net.AddressInfo
    const beside = { host: first, port: taken.port, reusePort: true }
    if (sharesPorts) for (let more = 1; more < address.acceptors; more++) sockets.push(new net.BoundSocket(beside))
    for (const host of others) sockets.push(...bindIfThere(host, taken.port))
    return { sockets, address: taken }
  } catch (error) {
    return refuse(error, address)
  }
}

/** One of the addresses of a name is enough. */
function bindIfThere(host: string, port: number): net.BoundSocket[] {
  try {
    return [new net.BoundSocket({ host, port })]
  } catch {
    return []
  }
}

/** From now on only those that listen have them: when the last of these ends, callers are refused. */
export function letGo({ sockets }: Bound): void {
  for (const socket of sockets) socket.close()
}
