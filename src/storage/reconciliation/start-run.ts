import { hash, randomBytes } from 'node:crypto'
import { Problem } from '../../errors/problem.ts'
import type { Queries } from '../database/queries.ts'

/** What is compared. */
export type RunScope = { issue: string } | { queue: string } | { query: string } | { all: true }

type RepairOf = 'none' | 'tracker' | 'here' | 'both'

export type NewRun = {
  applicationId: string
  scope: RunScope
  repair: RepairOf
  startedBy: string
  /** The plan that is applied. */
  planId?: string
}

/**
 * Adds a run, which whoever claims it carries out. An application has one at a time, over all replicas and commands: throws
 * Problem `reconciliation-in-progress`.
 */
export function startRun({ database, ...run }: NewRun & { database: Queries }): Promise<string> {
  return database.$transaction(async tx => {
    await holdRuns(tx, run.applicationId)
    const other = await tx.reconciliationRun.findFirst({
      where: { applicationId: run.applicationId, endedAt: null },
      select: { id: true },
    })
    if (other)
      throw new Problem('reconciliation-in-progress', `Run ${other.id} of ${run.applicationId} has not ended yet.`)
    return await addRun(tx, run)
  })
}

/** Until the transaction ends nobody else starts a run of the application. */
export async function holdRuns(tx: Queries, applicationId: string): Promise<void> {
  const lock = hash('sha256', `runs of ${applicationId}`, 'buffer').readBigInt64BE()
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${lock}::bigint)::text`
}

/** Adds a run, in a transaction that holds the runs of its application. */
export async function addRun(
  tx: Queries,
  { applicationId, scope, repair, startedBy, planId }: NewRun,
): Promise<string> {
  const id = newRunId()
  // The database's clock, and not that of this machine.
  await tx.$executeRaw`
    INSERT INTO reconciliation_run (id, application_id, plan_id, scope, repair, state, started_by, started_at, counts, next_at)
    VALUES (${id}, ${applicationId}, ${planId ?? null}, ${JSON.stringify(scope)}::jsonb, ${repair}, 'waiting', ${startedBy},
            now(), '{}', now())`
  return id
}

/** Letters and digits only: a command takes it as a word. */
const newRunId = () => randomBytes(8).readBigUInt64BE().toString(36).padStart(13, '0').slice(-12)
