import type { Application } from '../../config/schema.ts'
import { outsideCalls } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import { startProbe } from '../../storage/calls/probe-runs.ts'
import type { Queries } from '../../storage/database/queries.ts'

/** The probes that are on, in this process: until when, by application. */
export type Probes = {
  database: Queries
  log: Logger
  /** Milliseconds of the epoch. */
  now: () => number
  applications: readonly Application[]
  endsAt: Map<string, number>
  /** Applications whose probe is known to have ended. */
  ended: Set<string>
  timer: NodeJS.Timeout | undefined
  starting: Promise<void> | undefined
}

/** Milliseconds until the next look after one that failed, and at most: a probe may have been forgotten meanwhile. */
const retry = 10_000
const longest = 3_600_000

export const openProbes = (options: Pick<Probes, 'database' | 'log'> & { now?: () => number }): Probes => ({
  now: Date.now,
  ...options,
  applications: [],
  endsAt: new Map(),
  ended: new Set(),
  timer: undefined,
  starting: undefined,
})

/** Whether a call of this application is recorded. */
export function isProbed({ endsAt, now }: Probes, applicationId: string): boolean {
  const end = endsAt.get(applicationId)
  return end !== undefined && now() < end
}

/** From now on the probes of these applications. Nobody waits for the database. */
export function useProbes(probes: Probes, applications: readonly Application[]): void {
  probes.applications = applications
  const former = probes.starting
  probes.starting = outsideCalls(async () => {
    await former
    await look(probes)
  })
}

/** A command may have had a probe forgotten, which then begins anew. */
export const lookAgain = (probes: Probes): void => useProbes(probes, probes.applications)

export async function closeProbes(probes: Probes): Promise<void> {
  clearTimeout(probes.timer)
  probes.timer = undefined
  probes.applications = []
  await probes.starting
}

async function look(probes: Probes): Promise<void> {
  const { applications } = probes
  clearTimeout(probes.timer)
  const probed = applications.filter(({ probe }) => probe !== undefined)
  let next = longest
  try {
    await startAll(probes, probed)
    const left = [...probes.endsAt.values()].map(end => end - probes.now())
    next = Math.max(1_000, Math.min(longest, ...left))
  } catch (error) {
    probes.log.warn({ err: error }, 'the probe could not be looked after; next try in ten seconds')
    next = retry
  }
  // Others are used by now, or it is closed.
  if (probed.length === 0 || probes.applications !== applications) return
  probes.timer = setTimeout(lookAgain, next, probes).unref()
}

/**
 * What a probe recorded that is in no configuration any more stays until its own end: another server may still have it in its
 * configuration, or have it already.
 */
async function startAll({ database, log, endsAt, ended, now }: Probes, probed: readonly Application[]): Promise<void> {
  for (const known of [endsAt, ended])
    for (const id of known.keys()) if (!probed.some(application => application.id === id)) known.delete(id)
  for (const { id, probe } of probed) {
    const run = await startProbe(database, id, (probe as { days: number }).days)
    const about = { application: id, endsAt: run.endsAt.toISOString() }
    const wasOn = endsAt.has(id)
    if (run.endsAt.getTime() > now()) {
      endsAt.set(id, run.endsAt.getTime())
      ended.delete(id)
      if (!wasOn || run.isNew) log.info(about, run.isNew ? 'the probe starts' : 'the probe goes on')
      continue
    }
    endsAt.delete(id)
    if (ended.has(id)) continue
    ended.add(id)
    if (wasOn) log.info(about, 'the probe has ended: `tracker-links probe report` shows what it saw')
    else log.info(about, 'the probe ended before; after `tracker-links probe forget` it begins anew')
  }
}
