import type { Queries } from '../database/queries.ts'

/**
 * Counts repairs in Tracker at an issue today (UTC, by the database's clock) before they are made: at most `most` a day, because
 * Tracker ends the editing of an issue after many changes. Returns how many of the wanted ones may be made.
 */
export async function countIntoDay(
  database: Queries,
  applicationId: string,
  issueKey: string,
  { wanted, most }: { wanted: number; most: number },
): Promise<number> {
  return await database.$transaction(async transaction => {
    await transaction.$executeRaw`
      INSERT INTO issue_repairs (application_id, issue_key, day, repairs)
      VALUES (${applicationId}, ${issueKey}, (now() AT TIME ZONE 'UTC')::date, 0)
      ON CONFLICT DO NOTHING`
    const [row] = await transaction.$queryRaw<{ repairs: number; day: string }[]>`
      SELECT repairs, day::text FROM issue_repairs
      WHERE application_id = ${applicationId} AND issue_key = ${issueKey} AND day = (now() AT TIME ZONE 'UTC')::date
      FOR UPDATE`
    const granted = Math.max(0, Math.min(wanted, most - (row?.repairs ?? most)))
    await transaction.$executeRaw`
      UPDATE issue_repairs SET repairs = repairs + ${granted}
      WHERE application_id = ${applicationId} AND issue_key = ${issueKey} AND day = ${row?.day}::date`
    return granted
  })
}
