import type { Application } from '../../config/schema.ts'
import { outsideCalls } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import { removeProbes, startProbe } from '../../storage/calls/probe-runs.ts'
import type { Queries } from '../../storage/database/queries.ts'

/** The probes that are on, in this process: until when, by application. */
export type Probes = {
  database: Queries
  log: Logger
  /** Milliseconds of the epoch. */
  now: () => number
  applications: readonly Application[]
  endsAt: Map<string, number>
  timer: NodeJS.Timeout | undefined
  starting: Promise<void> | undefined
}

const retry = 10_000
/** Node's timers hold no longer time. */
const longest = 86_400_000

export const openProbes = (options: Pick<Probes, 'database' | 'log'> & { now?: () => number }): Probes => ({
  now: Date.now,
  ...options,
  applications: [],
  endsAt: new Map(),
  timer: undefined,
  starting: undefined,
})

/** Whether a call of this application is recorded. */
export function isProbed({ endsAt, now }: Probes, applicationId: string): boolean {
  const end = endsAt.get(applicationId)
  return end !== undefined && now() < end
}

/** From now on the probes of these applications; what those of others left is removed. Nobody waits for the database. */
export function useProbes(probes: Probes, applications: readonly Application[]): void {
  probes.applications = applications
  probes.starting = outsideCalls(() => look(probes))
}

export async function closeProbes(probes: Probes): Promise<void> {
  clearTimeout(probes.timer)
  probes.timer = undefined
  probes.applications = []
  await probes.starting
}

async function look(probes: Probes): Promise<void> {
  const { applications } = probes
  clearTimeout(probes.timer)
  let next: number | undefined
  try {
    await startAll(probes)
    const left = [...probes.endsAt.values()].map(end => end - probes.now())
    next = left.length > 0 ? Math.max(1_000, Math.min(longest, ...left)) : undefined
  } catch (error) {
    // Without a probe nothing but old rows waits.
    if (applications.some(({ probe }) => probe !== undefined))
      probes.log.warn({ err: error }, 'the probe could not be looked after; next try in ten seconds')
    next = retry
  }
  // Others are used by now, or it is closed.
  if (next === undefined || probes.applications !== applications) return
  probes.timer = setTimeout(() => useProbes(probes, probes.applications), next).unref()
}

async function startAll({ database, log, applications, endsAt, now }: Probes): Promise<void> {
  const probed = applications.filter(({ probe }) => probe !== undefined)
  for (const id of endsAt.keys()) if (!probed.some(application => application.id === id)) endsAt.delete(id)
  await removeProbes(
    database,
    probed.map(({ id }) => id),
  )
  for (const { id, probe } of probed) {
    const run = await startProbe(database, id, (probe as { days: number }).days)
    const about = { application: id, endsAt: run.endsAt.toISOString() }
    const wasOn = endsAt.has(id)
    if (run.endsAt.getTime() <= now()) {
      endsAt.delete(id)
      log.info(about, wasOn ? 'the probe has ended: `probe report` shows what it saw' : 'the probe ended before')
      continue
    }
    endsAt.set(id, run.endsAt.getTime())
    if (!wasOn) log.info(about, run.isNew ? 'the probe starts' : 'the probe goes on')
  }
}
