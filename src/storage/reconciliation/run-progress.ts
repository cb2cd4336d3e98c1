import { randomUUID } from 'node:crypto'
import type { Queries } from '../database/queries.ts'
import { isFree } from '../work/claims.ts'
import { findRun, type StoredRun } from './list-runs.ts'
import { type NewRun, startRun } from './start-run.ts'

// How far a run has come is stored by the process that works on it, which names its lease each time.

/** What the starter of a run wants of it, besides its scope. */
export type RunOptions = {
  /** The sides whose repairs are in the plan. */
  planned: 'tracker' | 'here' | 'both'
  /** Repairs of the run at most, and repairs in Tracker of an issue on a day at most. */
  mostRepairs: number
  mostPerIssue: number
  /** So many links may vanish from a side, although they are more than a plan may remove. */
  acceptRemovals: number
  /** Whether links that a new installation takes over get events. */
  events: boolean
}

const defaultOptions: RunOptions = {
  planned: 'both',
  mostRepairs: 1_000,
  mostPerIssue: 20,
  acceptRemovals: 0,
  events: false,
}

/** Where a run goes on that was cut off. */
export type RunPosition = {
  options: RunOptions
  /** The last issue that was compared, and whose lines are stored. */
  after?: string
  /** Whether the comparison is over: what is left is to apply its lines. */
  isCompared?: boolean
  /** Whether there was nothing here when the run began: what Tracker has is taken over. */
  isNew?: boolean
  /** The end of the change feed when the comparison ended. */
  watermark?: { id: string; occurredAt: string }
}

/** Numbers of what a run has done and found, by name. */
export type RunCounts = Record<string, number>

/** A run that this process works on. */
export type HeldRun = { id: string; token: string }

/** The run is another's by now, or was cancelled: nothing more of it may be stored or repaired. */
export class RunLost extends Error {}

/** Seconds: a process that died is noticed within them. A run is looked for every 10 s, so that it goes on within 30 s. */
export const runLease = 15

export function positionOf({ position }: Pick<StoredRun, 'position'>): RunPosition {
  const stored = (position ?? {}) as Partial<RunPosition>
  return { ...stored, options: { ...defaultOptions, ...stored.options } }
}

/** Adds a run that this process works on, see `startRun`. */
export function startHeldRun({
  database,
  options,
  ...run
}: NewRun & { database: Queries; options: RunOptions }): Promise<HeldRun> {
  return database.$transaction(async transaction => {
    const id = await startRun({ database: transaction, ...run })
    const position: RunPosition = { options }
    await transaction.reconciliationRun.update({ where: { id }, data: { position } })
    return (await holdRun(transaction, id)) as HeldRun
  })
}

/** Claims a run, whether it is due or was stopped; undefined: it has ended, or somebody else works on it. */
export async function holdRun(database: Queries, id: string): Promise<HeldRun | undefined> {
  const token = randomUUID()
  const held = await database.$executeRaw`
    UPDATE reconciliation_run SET lease_token = ${token}, lease_until = now() + ${`${runLease} s`}::interval, next_at = now()
    WHERE id = ${id} AND ended_at IS NULL AND ${isFree}`
  return held > 0 ? { id, token } : undefined
}

/** The run that has not ended yet; `isFree`: nobody works on it. */
export async function unfinishedRun(
  database: Queries,
  applicationId: string,
): Promise<{ run: StoredRun; isFree: boolean } | undefined> {
  const [found] = await database.$queryRaw<{ id: string; isFree: boolean }[]>`
    SELECT id, ${isFree} AS "isFree" FROM reconciliation_run
    WHERE application_id = ${applicationId} AND ended_at IS NULL LIMIT 1`
  const run = found && (await findRun(database, found.id))
  return run && { run, isFree: found.isFree }
}

export type Progress = { position: RunPosition; counts: RunCounts }

/** Stores how far a run has come, with the lines that were found up to there, and extends its lease. Throws RunLost. */
export async function storeProgress(
  database: Queries,
  { id, token }: HeldRun,
  { position, counts }: Progress,
  lines: readonly { number: number; issueKey: string }[] = [],
): Promise<void> {
  await database.$transaction(async transaction => {
    const held = await transaction.$executeRaw`
      UPDATE reconciliation_run
      SET state = 'running', position = ${JSON.stringify(position)}::jsonb, counts = ${JSON.stringify(counts)}::jsonb,
          reason = NULL, lease_until = now() + ${`${runLease} s`}::interval
      WHERE id = ${id} AND lease_token = ${token} AND ended_at IS NULL`
    if (held === 0) throw new RunLost(`Run ${id} is worked on elsewhere, or was cancelled.`)
    for (let start = 0; start < lines.length; start += linesAtOnce)
      await transaction.$executeRaw`
        INSERT INTO plan_line (run_id, number, issue_key, line)
        SELECT ${id}, (line ->> 'number')::int, line ->> 'issueKey', line
        FROM jsonb_array_elements(${JSON.stringify(lines.slice(start, start + linesAtOnce))}::jsonb) AS line
        ON CONFLICT DO NOTHING`
  })
}

const linesAtOnce = 2_000

/** Stores why a run does not come on at the moment; null: it does. */
export async function tellWaiting(database: Queries, { id, token }: HeldRun, reason: string | null): Promise<void> {
  await database.$executeRaw`
    UPDATE reconciliation_run SET reason = ${reason} WHERE id = ${id} AND lease_token = ${token} AND ended_at IS NULL`
}

/** Lets a run go that is to go on: at once, by whoever finds it, or (`when: 'asked'`) only when a command goes on with it. */
export async function leaveRun(database: Queries, { id, token }: HeldRun, when: 'at once' | 'asked'): Promise<void> {
  await database.$executeRaw`
    UPDATE reconciliation_run
    SET state = 'waiting', lease_token = NULL, lease_until = NULL,
        next_at = CASE WHEN ${when === 'at once'} THEN now() END
    WHERE id = ${id} AND lease_token = ${token} AND ended_at IS NULL`
}

export type RunEnd = { state: 'finished' | 'failed' | 'refused'; reason: string | null; counts: RunCounts }

/** Ends a run. Throws RunLost. */
export async function endRun(
  database: Queries,
  { id, token }: HeldRun,
  { state, reason, counts }: RunEnd,
  position?: RunPosition,
): Promise<void> {
  const ended = await database.$executeRaw`
    UPDATE reconciliation_run
    SET state = ${state}::run_state, reason = ${reason}, counts = ${JSON.stringify(counts)}::jsonb, ended_at = now(),
        position = coalesce(${position === undefined ? null : JSON.stringify(position)}::jsonb, position),
        next_at = NULL, lease_until = NULL, lease_token = NULL
    WHERE id = ${id} AND lease_token = ${token} AND ended_at IS NULL`
  if (ended === 0) throw new RunLost(`Run ${id} is worked on elsewhere, or was cancelled.`)
}
