import type { SeenBreaker } from '../../checks/doctor/probe.ts'
import type { Settings } from '../../config/settings.ts'
import { askOwnServer } from '../find-database/running-server.ts'

/** The circuit breakers of the server on this machine, by application; none if it could not be asked. */
export async function askBreakers(settings: Settings): Promise<ReadonlyMap<string, SeenBreaker>> {
  const { replica, breakers } = ((await askOwnServer(settings, '/health/breakers')) ?? {}) as Answer
  const read = typeof replica === 'string' ? Object.entries(breakers ?? {}).map(one => readBreaker(replica, one)) : []
  return new Map(read.filter(one => one !== undefined))
}

type Answer = { replica?: unknown; breakers?: Record<string, { [name: string]: unknown }> }

/** Undefined for what a server of another version may say instead. */
function readBreaker(replica: string, [id, told]: [string, { [name: string]: unknown }]) {
  const { state, openSince, asksAgainAt } = told
  if (state !== 'closed' && state !== 'open' && state !== 'halfOpen') return undefined
  return [id, { replica, state, openSince: momentIn(openSince), asksAgainAt: momentIn(asksAgainAt) }] as const
}

const momentIn = (value: unknown) => (typeof value === 'number' ? value : undefined)
