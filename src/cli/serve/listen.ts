import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Settings } from '../../config/settings.ts'
import { acceptBeside } from '../../last-answers.ts'
import { CommandRefusal } from '../command.ts'

/** Where to listen, with how many sockets (see `acceptors`), and the settings that say so. */
export type ListenAddress = { host: string; port: number; acceptors: number; names: string }

/** The addresses of the two listeners: the public one, and that for operators. */
export const addressesOf = ({ host, port, adminHost, adminPort }: Settings): [ListenAddress, ListenAddress] => [
  { host, port, acceptors: acceptors.public, names: 'HOST and PORT' },
  { host: adminHost, port: adminPort, acceptors: acceptors.admin, names: 'ADMIN_HOST and ADMIN_PORT' },
]

/** A listener's address as a person writes it. */
export const urlOf = ({ address, port, family }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`

/** Throws CommandRefusal if nothing can listen there at the moment. */
export async function refuseTaken(address: ListenAddress): Promise<void> {
  const probe = createServer()
  probe.listen({ host: address.host, port: address.port })
  await once(probe, 'listening').catch(error => refuse(error, address))
  probe.close()
  await once(probe, 'close')
}

/** Listens, or says in words why that cannot be. Throws CommandRefusal. */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<void> {
  const hosts = await namedAddresses(address)
  await listenAt(app, hosts, address).catch(error => refuse(error, address))
}

/**
 * Listens on the first host, and passes on connections to the others if they can be had. Fastify would give the others of
 * `localhost` servers of their own, which a reload does not reach.
 */
export async function listenAt(
  app: FastifyInstance,
  [first, ...others]: string[],
  { port, acceptors }: { port: number; acceptors: number },
): Promise<void> {
  const more = others.map(() => acceptBeside(app.server))
  const beside = Array.from({ length: sharesPorts ? acceptors - 1 : 0 }, () => acceptBeside(app.server))
  const place = { ...(first !== undefined && { host: first }), backlog, ...(sharesPorts && { reusePort: true }) }
  await app.listen({ port, ...place })
  const taken = (app.server.address() as AddressInfo).port
  await Promise.all(beside.map(server => once(server.listen({ port: taken, ...place }), 'listening')))
  for (const [index, server] of more.entries()) {
    server.listen({ port: taken, host: others[index] })
    // One of the addresses is enough.
    await once(server, 'listening').catch(() => {})
  }
}

/** Listens at sockets that the process which started this one has bound, and shares with other workers. */
export async function listenAtDescriptors(app: FastifyInstance, descriptors: readonly number[]): Promise<void> {
  const [first, ...others] = descriptors
  const beside = others.map(() => acceptBeside(app.server))
  // The host stands for nothing here, but keeps Fastify from listening at those of `localhost` as well.
  await app.listen({ ...(first !== undefined && { fd: first }), host: '127.0.0.1' })
  await Promise.all(beside.map((acceptor, index) => once(acceptor.listen({ fd: others[index] }, backlog), 'listening')))
}

/**
 * Sockets that accept connections at one address. Node accepts one connection of each in a turn of its event loop, so that with few
 * of them new callers wait behind those who have a connection, the longer the busier the server is: with 8, turns of 30 ms let
 * in 270 callers a second, and the health that a balancer asks for over a new connection came after seconds.
 */
export const acceptors = { public: 128, admin: 8 }
/** Connections that may wait to be accepted, at each of them: as many as the kernel allows by default. */
const backlog = 4_096
/** Only here the kernel lets several sockets listen at one address. `refuseTaken` asks without that, so that no other program does. */
export const sharesPorts = process.platform === 'linux'

/** What `localhost` stands for on this machine, IPv4 and IPv6; any other host is one address. */
export async function namedAddresses({ host }: ListenAddress): Promise<string[]> {
  if (host !== 'localhost') return [host]
  const found = await lookup(host, { all: true }).catch(() => [])
  const addresses = new Set(found.map(({ address }) => address))
  return addresses.size === 0 ? [host] : [...addresses]
}

/** Throws CommandRefusal if it is known why nothing can listen there, else the error itself. */
export function refuse(error: unknown, { host, port, names }: ListenAddress): never {
  const elsewhere = `Set ${names} to others.`
  const reasons: Record<string, [reason: string, hint: string]> = {
    EADDRINUSE: ['another program listens there', elsewhere],
    EACCES: ['this user may not listen there', elsewhere],
    EADDRNOTAVAIL: ['this machine has no such address', elsewhere],
    ENOTFOUND: ['this machine has no such address', elsewhere],
    EMFILE: ['this process may open no more files', raiseLimit],
  }
  const [reason, hint] = reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? []
  if (reason === undefined) throw error
  throw new CommandRefusal(`Cannot listen on ${host}, port ${port}: ${reason}. ${hint}`)
}

/** Each socket that listens, and each connection, is a file. */
const raiseLimit = 'Raise its limit (ulimit -n, LimitNOFILE of systemd), to more than twice MAX_CONNECTIONS.'
