import type { Queries } from '../database/queries.ts'

export type ProbeRun = { startedAt: Date; endsAt: Date; calls: bigint }

const day = 86_400_000

/** Starts the probe of an application, unless it was started before: then only its days may be others. */
export async function startProbe(
  database: Queries,
  applicationId: string,
  days: number,
): Promise<ProbeRun & { isNew: boolean }> {
  const [row] = await database.$queryRaw<[{ startedAt: Date; calls: bigint; isNew: boolean }]>`
    INSERT INTO probe_run (application_id, days) VALUES (${applicationId}, ${days})
    ON CONFLICT (application_id) DO UPDATE SET days = excluded.days
    RETURNING started_at AS "startedAt", calls, xmax = 0 AS "isNew"`
  return { ...row, endsAt: new Date(row.startedAt.getTime() + days * day) }
}

export async function findProbe(database: Queries, applicationId: string): Promise<ProbeRun | undefined> {
  const row = await database.probeRun.findUnique({ where: { applicationId } })
  return row === null
    ? undefined
    : { startedAt: row.startedAt, calls: row.calls, endsAt: new Date(row.startedAt.getTime() + row.days * day) }
}

/** Removes what the probes of all other applications left. */
export async function removeProbes(database: Queries, kept: readonly string[]): Promise<void> {
  // As SQL: every start does this, and a query of Prisma's own would load its compiler for it.
  await database.$executeRaw`DELETE FROM probe_sighting WHERE application_id <> ALL (${[...kept]}::text[])`
  await database.$executeRaw`DELETE FROM probe_run WHERE application_id <> ALL (${[...kept]}::text[])`
}
