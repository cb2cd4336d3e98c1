import type { Queries } from '../database/queries.ts'

export type ProbeRun = { startedAt: Date; endsAt: Date; calls: bigint }

const day = 86_400_000

/** Starts the probe of an application, unless it was started before: then only its days may be others. */
export async function startProbe(
  database: Queries,
  applicationId: string,
  days: number,
): Promise<ProbeRun & { isNew: boolean }> {
  const [row] = await database.$queryRaw<{ startedAt: Date; calls: bigint; isNew: boolean }[]>`
    WITH written AS (
      INSERT INTO probe_run (application_id, days) VALUES (${applicationId}, ${days})
      ON CONFLICT (application_id) DO UPDATE SET days = excluded.days WHERE probe_run.days <> excluded.days
      RETURNING started_at AS "startedAt", calls, xmax = 0 AS "isNew")
    SELECT * FROM written UNION ALL SELECT started_at, calls, false FROM probe_run
    WHERE application_id = ${applicationId} AND NOT EXISTS (SELECT FROM written)`
  // Another server has started it at the same moment; a second look finds that.
  if (row === undefined) return startProbe(database, applicationId, days)
  return { ...row, endsAt: new Date(row.startedAt.getTime() + days * day) }
}

export async function findProbe(database: Queries, applicationId: string): Promise<ProbeRun | undefined> {
  const row = await database.probeRun.findUnique({ where: { applicationId } })
  return row === null
    ? undefined
    : { startedAt: row.startedAt, calls: row.calls, endsAt: new Date(row.startedAt.getTime() + row.days * day) }
}

/** Removes what the probe of an application saw, and that it was ever on: it may begin anew. Returns how many sightings it removed. */
export async function forgetProbe(database: Queries, applicationId: string): Promise<number> {
  // In this order: this one waits for what is being written, and what is written between the two finds no run, and is left out.
  await database.probeRun.deleteMany({ where: { applicationId } })
  const { count } = await database.probeSighting.deleteMany({ where: { applicationId } })
  return count
}
