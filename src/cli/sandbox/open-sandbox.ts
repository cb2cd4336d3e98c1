import type { AddressInfo } from 'node:net'
import { type CallSettings, standardCallSettings } from '../../application-calls/call-settings.ts'
import type { Config } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import { buildSheet } from '../../registration/build-sheet.ts'
import type { CallDesk } from '../../sandbox/call-desk/call-desk.ts'
import { buildSandbox } from '../../sandbox/sandbox-app.ts'
import type { Application } from '../../sandbox/world/records.ts'
import { createWorld, openWorld, type World, type WorldOptions } from '../../sandbox/world/world.ts'
import { lockBeside } from '../lock-beside.ts'
import { localAddress } from './local-address.ts'

export type OpenSandbox = {
  address: string
  /** The page of an issue to begin with. */
  issueAddress: string
  world: World
  desk: CallDesk
  close: () => Promise<void>
}

/**
 * A sandbox that listens, for the configured applications, registered as their sheets say; only their calls go to the
 * server at `linkServer` instead of `publicUrl`. Rejects where it cannot listen, or the data file is not one.
 */
export async function openSandbox({
  config,
  linkServer,
  host,
  port,
  dataFile,
  log,
}: {
  config: Config
  linkServer: string
  host: string
  port: number
  dataFile?: string | undefined
  log: Logger
}): Promise<OpenSandbox> {
  // Pages and icons of the server itself are where it runs, too.
  const own = `${config.publicUrl}/`
  const nearAddress = (address: string) =>
    address.startsWith(own) ? `${linkServer}/${address.slice(own.length)}` : address
  const applications = config.applications.map(one => registrationAt(linkServer, config, one, nearAddress))
  const [organization] = config.organizations
  const options = {
    applications,
    ...(organization && { organization: { kind: organization.kind, id: organization.id } }),
  }
  const { world, release } = await lockedWorld(dataFile, options)
  const { app, desk } = await buildSandbox({ world, log, hosts: [host], nearAddress })
  desk.setSettings(callSettings(config))
  const close = () => app.close().finally(release)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await close()
    throw error
  }
  const address = addressOf(app.server.address() as AddressInfo)
  const firstKey = world.issues()[0]?.key
  return {
    address,
    issueAddress: firstKey === undefined ? address : `${address}/issues/${firstKey}`,
    world,
    desk,
    close,
  }
}

/** The world of a data file, which is this sandbox's alone as long as it runs; without one a world in memory. */
async function lockedWorld(dataFile: string | undefined, options: WorldOptions) {
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

function registrationAt(
  linkServer: string,
  config: Config,
  application: Config['applications'][number],
  near: (address: string) => string,
): Application {
  const { registration } = buildSheet({ ...config, publicUrl: linkServer }, application, {
    withToken: true,
    olderForm: false,
  })
  const { authorization } = application
  const tokenForm = authorization.kind === 'none' ? undefined : tokenFormOf(authorization)
  return { ...registration, frontUrl: near(registration.frontUrl), ...(tokenForm && { tokenForm }) }
}

type Authorization = Exclude<Config['applications'][number]['authorization'], { kind: 'none' }>

const tokenFormOf = ({ header = 'Authorization', schemes }: Authorization) => ({
  header,
  scheme: schemes?.[0] ?? 'OAuth',
})

/** Whose token the calls present: as the first application wants it that asks for one. */
function callSettings({ applications }: Config): CallSettings {
  const first = applications.map(({ authorization }) => authorization.kind).find(kind => kind !== 'none')
  return first === undefined
    ? standardCallSettings
    : { ...standardCallSettings, token: first === 'token' ? 'fixed' : 'user' }
}

function addressOf({ address, port }: AddressInfo): string {
  return localAddress({ host: address, port })
}
