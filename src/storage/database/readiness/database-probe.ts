import { setTimeout as sleep } from 'node:timers/promises'
import { DriverAdapterError, type SqlQueryable } from '@prisma/driver-adapter-utils'
import { describePostgresAddress } from '../../../config/postgres-address.ts'
import { openConnection } from '../connection/connect.ts'
import { longestSilence } from '../connection/cut-short.ts'
import { readDatabaseFault } from '../connection/database-fault.ts'
import { type DatabasePlace, databaseReason, type Reason } from '../connection/database-reason.ts'
import type { StorageLog } from '../storage-log.ts'
import { compareSchema } from './compare-schema.ts'
import { type Look, lookAtDatabase } from './look-at-database.ts'
import type { Readiness } from './readiness.ts'
import { migrationRunning, reasonOfLook, warningsOfLook } from './tell-look.ts'
import { faultThatHolds, noteFault, type WriteFaults } from './write-faults.ts'

/** `isAway`: no question gets an answer of the database itself. */
type Health = Readiness & { isAway: boolean }

/**
 * Probes a database over a connection of its own: if all others are busy, it is still not away. At most one probe is in
 * flight, however many callers wait for it. The answer comes within `longestSilence`. If PostgreSQL has no connection left for
 * the probe, those that calls have decide: `askPool` asks a question over them. If a pooler has none, and keeps the probe waiting, the
 * answers that calls got meanwhile do: `noteAnswer` hears of them.
 */
export function databaseProbe(
  databaseUrl: string,
  place: DatabasePlace,
  { log, askPool = noPool }: { log: StorageLog; askPool?: AskPool },
) {
  const connection = openConnection({ databaseUrl, log, limitSessions: false, timeout: longestSilence })
  const faults: WriteFaults = { last: undefined, triedAt: -Infinity }
  let question: Promise<Health> | undefined
  let skewed = false
  let answeredAt = -Infinity
  const tellClock = (warnings: readonly Reason[] = []) => {
    const skew = warnings.find(({ code }) => code === 'clock-skew')
    if (skew && !skewed) log.warn({ code: skew.code }, `${skew.message} ${skew.hint}`)
    skewed = skew !== undefined
  }
  const ask = async (): Promise<Health> => {
    const seen: { look?: Look } = {}
    try {
      const asked = probe(connection, seen, place, faults).then(told => withoutSpare(told, askPool))
      // What goes on after that ends by the connection's own limit.
      const health = await Promise.race([asked, sleep(longestSilence, undefined, { ref: false })])
      const told = heardOf(health ?? silent(seen, place, noAnswer), answeredAt)
      tellClock(told.warnings)
      return told
    } finally {
      question = undefined
    }
  }
  const askNow = (): Promise<Health> => {
    question ??= ask()
    return question
  }
  return {
    health: askNow,
    /** Whether the database is away: known within `longestSilence`. */
    isAway: async (): Promise<boolean> => {
      // Only this connection may have been closed: the second question opens another one.
      const again = ({ isAway }: Health) => isAway && askNow().then(health => health.isAway)
      return Promise.race([askNow().then(again), sleep(longestSilence, true, { ref: false })])
    },
    noteAnswer: () => {
      answeredAt = performance.now()
    },
    /** Hears of every error of the database. */
    noteFault: (error: unknown) => noteFault(faults, error),
    close: async () => (await connection).dispose(),
  }
}

/** Probes the database at an address once. */
export async function probeOnce(databaseUrl: string, log: StorageLog): Promise<Readiness> {
  const description = describePostgresAddress(databaseUrl) ?? 'The database'
  const { health, close } = databaseProbe(databaseUrl, { description, isEmbedded: false }, { log })
  try {
    return await health()
  } finally {
    await close()
  }
}

/** Asks something of the database over the connections that calls have. Throws what the driver throws. */
type AskPool = () => Promise<unknown>

const noPool: AskPool = () => Promise.reject(new Error('no calls are made over this connection'))

/** Milliseconds in which one of those connections must be free, and between two tries: a busy pool asks for another one. */
const poolPatience = { most: 500, pause: 50 }

/** Whether the lack of a connection for the probe keeps calls from being answered. */
async function withoutSpare(told: Health, askPool: AskPool): Promise<Health> {
  if (told.ready || told.reason?.code !== 'database-connections-used-up') return told
  const end = performance.now() + poolPatience.most
  do {
    const asked = askPool().then(
      () => true,
      () => false,
    )
    // Who gets neither an answer nor a refusal waits for one of the connections, all of which calls are using.
    if (await Promise.race([asked, sleep(end - performance.now(), true, { ref: false })]))
      return { ready: true, isAway: false, warnings: [told.reason] }
    await sleep(poolPatience.pause)
  } while (performance.now() < end)
  return told
}

/** Milliseconds: half of what the probe waits, so that a database which has become silent meanwhile is found to be so. */
const lately = longestSilence / 2

/** A database that is silent to the probe and has answered calls just now is not away: a pooler has no connection for the probe. */
function heardOf(told: Health, answeredAt: number): Health {
  const isHeard = performance.now() - answeredAt < lately
  return isHeard && told.reason?.code === 'database-timeout'
    ? { ready: true, isAway: false, warnings: [told.reason] }
    : told
}

async function probe(
  connection: Promise<SqlQueryable>,
  seen: { look?: Look },
  place: DatabasePlace,
  faults: WriteFaults,
): Promise<Health> {
  try {
    const database = await connection
    const look = await lookAtDatabase(database)
    seen.look = look
    const warnings = warningsOfLook(look, place)
    const cause = reasonOfLook(look, place) ?? (await compareSchema(database, look, place, warnings))
    if (cause) return { ready: false, isAway: false, reason: cause, warnings }
    const fault = await faultThatHolds(faults, database)
    if (fault === undefined) return { ready: true, isAway: false, warnings }
    return { ready: false, isAway: false, reason: databaseReason(fault, place), warnings }
  } catch (error) {
    if (readDatabaseFault(error)?.kind === 'SocketTimeout') return silent(seen, place, error)
    const reason = databaseReason(error, place)
    // The tables that are missing may be about to come.
    const isComing = seen.look?.isMigrating && reason.code === 'schema-behind'
    const isAway = awayCodes.has(reason.code)
    return { ready: false, isAway, reason: isComing ? migrationRunning(place) : reason }
  }
}

/** What a pooler says as well whose database is gone. */
const awayCodes: ReadonlySet<string> = new Set([
  'database-unreachable',
  'database-connection-refused',
  'database-connection-closed',
  'database-restarting',
  'database-host-unknown',
])

const noAnswer = new DriverAdapterError({
  kind: 'SocketTimeout',
  originalMessage: `no answer within ${longestSilence / 1_000} s`,
})

/** A migration locks tables that it changes: then they do not answer, though the database does. */
function silent({ look }: { look?: Look }, place: DatabasePlace, error: unknown): Health {
  const reason = look?.isMigrating ? migrationRunning(place) : databaseReason(error, place)
  return { ready: false, isAway: true, reason }
}
