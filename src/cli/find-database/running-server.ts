import { BlockList, isIP } from 'node:net'
import type { Settings } from '../../config/settings.ts'
import { adminAddress } from '../admin-address.ts'
import { askServer } from '../ask-server.ts'

/** What a running server says of its place; see management-api/place.ts. */
export type RunningServer = {
  address: string
  database: string
  dataDirectory: string | null
  configuration: string | null
}

/**
 * Asks the server that listens on ADMIN_HOST and ADMIN_PORT where its data is. Only this machine is asked; undefined if none of our
 * servers answers there within a second.
 */
export async function askRunningServer(settings: Settings): Promise<RunningServer | undefined> {
  return readPlace(adminAddress(settings), await askOwnServer(settings, '/health/place'))
}

/** What the server on this machine answers at a path; undefined if nobody listens there within a second, or another program. */
export async function askOwnServer(settings: Settings, path: string): Promise<unknown> {
  if (settings.adminPort === 0 || !isThisMachine(settings.adminHost)) return undefined
  try {
    return await askServer(`${adminAddress(settings)}${path}`, 1_000)
  } catch {
    return undefined
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isThisMachine(host: string): boolean {
  if (['localhost', '0.0.0.0', '::'].includes(host)) return true
  return isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}

function readPlace(address: string, value: unknown): RunningServer | undefined {
  const { database, dataDirectory, configuration } = (value ?? {}) as Record<string, unknown>
  if (typeof database !== 'string' || !isTextOrNull(dataDirectory) || !isTextOrNull(configuration)) return undefined
  return { address, database, dataDirectory, configuration }
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === 'string'
