import { BlockList, isIP } from 'node:net'
import type { FastifyPluginAsync } from 'fastify'
import { Problem } from '../errors/problem.ts'

/** Where a server keeps its data, and what it was configured by: for the commands of this machine. Absolute paths. */
export type Place = {
  /** In words, without a password. */
  database: string
  /** Of an embedded PostgreSQL. */
  dataDirectory: string | undefined
  configuration: string | undefined
}

/**
 * `GET /health/place`, for commands that are started in another folder than the server. It needs no key, since a key is in the
 * database that is looked for, and answers this machine only.
 */
export const tellPlace: FastifyPluginAsync<{ place: Place }> = async (app, { place }) => {
  const { database, dataDirectory = null, configuration = null } = place
  app.get('/health/place', async ({ socket }) => {
    if (isThisMachine(socket.remoteAddress)) return { database, dataDirectory, configuration }
    throw new Problem('no-such-endpoint', 'Only the machine of the server is answered here.')
  })
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Whether a caller is on the machine of the server. */
export const isThisMachine = (address = '') => loopback.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
