import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Config } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { CallDesk } from '../../sandbox/call-desk/call-desk.ts'
import { type DeskSettings, standardDeskSettings, withSettings } from '../../sandbox/call-desk/desk-settings.ts'
import { buildSandbox } from '../../sandbox/sandbox-app.ts'
import { createWorld, openWorld, type World, type WorldOptions } from '../../sandbox/world/world.ts'
import { lockBeside } from '../lock-beside.ts'
import { localAddress } from './local-address.ts'
import { registerApplications } from './register-applications.ts'

export type OpenSandbox = {
  address: string
  /** The page of an issue to begin with. */
  issueAddress: string
  world: World
  desk: CallDesk
  close: () => Promise<void>
}

export type SandboxInput = {
  config: Config
  /** Where the server of the applications is called, instead of at `publicUrl`. */
  linkServer: string
  host: string
  port: number
  dataFile?: string | undefined
  log: Logger
}

/**
 * A sandbox that listens, for the configured applications, registered as their sheets say. Rejects if it cannot listen, or
 * if the data file is not one.
 */
export async function openSandbox({
  config,
  linkServer,
  host,
  port,
  dataFile,
  log,
}: SandboxInput): Promise<OpenSandbox> {
  // The server's own pages and icons are reached there too.
  const own = `${config.publicUrl}/`
  const nearAddress = (address: string) =>
    address.startsWith(own) ? `${linkServer}/${address.slice(own.length)}` : address
  const applications = registerApplications(config, linkServer, nearAddress)
  const [organization] = config.organizations
  const { organizationRequired } = config.sandbox
  const { world, release } = await openLockedWorld(dataFile, {
    applications,
    ...(organization && { organization: { kind: organization.kind, id: organization.id } }),
    tokens: config.sandbox.tokens,
    ...(organizationRequired !== undefined && { settings: { organizationRequired } }),
  })
  const { app, desk } = await buildSandbox({ world, log, hosts: [host], nearAddress })
  desk.setSettings(deskSettings(config))
  const close = () => app.close().finally(release)
  const address = await listen(app, host, port, close)
  const firstKey = world.issues()[0]?.key
  const issueAddress = firstKey === undefined ? address : `${address}/issues/${firstKey}`
  return { address, issueAddress, world, desk, close }
}

/** The world of a data file, locked as long as it is open; without a file, a world in memory. */
async function openLockedWorld(dataFile: string | undefined, options: WorldOptions) {
  if (dataFile === undefined) return { world: createWorld(options), release: () => {} }
  const lock = lockBeside(dataFile)
  if (!lock) throw new Error('another sandbox uses it. Stop that one, or name another file.')
  try {
    return { world: await openWorld(dataFile, options), release: lock.release }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Whose token the calls to each application present: as `sandbox` says, otherwise as the application expects. */
function deskSettings({ applications, sandbox }: Config): DeskSettings {
  const expected = { none: 'none', token: 'fixed', user: 'user' } as const
  const tokens = applications.map(({ id, authorization }) => {
    const said = Object.hasOwn(sandbox.applications, id) ? sandbox.applications[id] : undefined
    return [id, { token: expected[authorization.kind], ...said }]
  })
  return withSettings(standardDeskSettings, { applications: Object.fromEntries(tokens) })
}

/** Resolves with the address. If it cannot listen, closes everything and rejects. */
async function listen(app: FastifyInstance, host: string, port: number, close: () => Promise<void>): Promise<string> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    await close()
    throw error
  }
  const { address, port: listening } = app.server.address() as AddressInfo
  return localAddress({ hostname: address, port: listening })
}
