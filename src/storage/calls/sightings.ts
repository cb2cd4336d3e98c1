import type { Queries } from '../database/queries.ts'

/** What a call of Tracker looked like, as the probe keeps it. No token, no hash of one; all lists and texts are bounded. */
export type Sighting = {
  call: string
  status: number
  milliseconds: number
  /** Set if the caller closed the connection before the answer: after how many milliseconds. */
  brokeOff?: number
  issueKey?: string
  remoteKeys: readonly string[]
  /** Names, in their order and letter case. */
  headers: readonly string[]
  token?: TokenForm
  userAgent?: string
  address?: string
  httpVersion: string
  /** Calls on this connection before. */
  reused: number
  /** Calls in flight when it came, itself included. */
  inFlight: number
  encoding: KeyEncoding
  /** Of an address that may mean several keys or links: how many, and which of them was taken, from 1. */
  readings?: { of: number; taken?: number }
  /** Names in the query, in their order. */
  parameters: readonly string[]
  contentType?: string
  body?: BodyShape
}

export type TokenForm = { header: string; scheme: string; length: number; alphabet: string; prefix?: string }
/** How the characters of keys stood in the address: escapes (`%2F`), those left as they are, and whether `%` was escaped again. */
export type KeyEncoding = { escaped: readonly string[]; plain: readonly string[]; isDouble: boolean }
export type BodyShape = { fields: readonly string[]; keys: number; duplicates: number }

export type NewSighting = { applicationId: string; at: number; requestId: string; sighting: Sighting }

/**
 * Writes sightings and counts them, without waiting for the disk. One that is there already stays, and is not counted again; one of a
 * probe that was forgotten meanwhile is left out: the run stays until they are written, or it is gone before.
 */
export async function writeSightings(database: Queries, sightings: readonly NewSighting[]): Promise<void> {
  await database.$executeRaw`
    WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS mode), written AS (
      INSERT INTO probe_sighting (application_id, at, request_id, sighting)
      SELECT "applicationId", to_timestamp(at / 1000.0), "requestId", sighting
      FROM quick CROSS JOIN json_to_recordset(${JSON.stringify(sightings)}::json) AS record (
        "applicationId" text, at float8, "requestId" text, sighting jsonb)
      JOIN (SELECT application_id FROM probe_run FOR KEY SHARE) AS run ON run.application_id = "applicationId"
      ON CONFLICT DO NOTHING RETURNING application_id)
    UPDATE probe_run SET calls = calls + count
    FROM (SELECT application_id, count(*) AS count FROM written GROUP BY application_id) AS counted
    WHERE probe_run.application_id = counted.application_id`
}

/** Removes all but the first and the last `most` sightings of an application. Returns how many it removed. */
export const trimSightings = (database: Queries, applicationId: string, most: number): Promise<number> =>
  database.$executeRaw`
    DELETE FROM probe_sighting USING (
      SELECT at AS last_at, request_id AS last_id FROM probe_sighting WHERE application_id = ${applicationId}
      ORDER BY at, request_id OFFSET ${most - 1} LIMIT 1
    ) AS first, (
      SELECT at AS first_at, request_id AS first_id FROM probe_sighting WHERE application_id = ${applicationId}
      ORDER BY at DESC, request_id DESC OFFSET ${most - 1} LIMIT 1
    ) AS last
    WHERE application_id = ${applicationId}
      AND (at, request_id) > (last_at, last_id) AND (at, request_id) < (first_at, first_id)`

export type SeenCall = Sighting & { at: Date }

/** The sightings of an application, the oldest first. */
export async function listSightings(database: Queries, applicationId: string): Promise<SeenCall[]> {
  const rows = await database.probeSighting.findMany({
    where: { applicationId },
    orderBy: [{ at: 'asc' }, { requestId: 'asc' }],
  })
  return rows.map(({ at, sighting }) => ({ ...(sighting as unknown as Sighting), at }))
}
