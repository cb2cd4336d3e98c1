import { statementsOf } from '../database/connection/statements.ts'
import type { Queries } from '../database/queries.ts'
import type { Sighting } from './sightings.ts'

/**
 * A call as it is written; see the table `call_record`. `at` is in milliseconds of the epoch. Its texts are well-formed: PostgreSQL
 * has no half of a surrogate pair.
 */
export type NewCallRecord = {
  /** Empty for an address that no application has. */
  applicationId: string
  at: number
  call: string
  method: string
  issueKey: string | undefined
  remoteKeys: readonly string[]
  remoteKeyCount: number
  taken: string | undefined
  status: number
  code: string | undefined
  milliseconds: number
  source: string | undefined
  actor: object | undefined
  requestId: string
  path: string | undefined
  nearest: string | undefined
  headers: Readonly<Record<string, string | null>>
  tokenIn: readonly string[]
  scheme: string | undefined
  tokenPlace: number | undefined
  standsFor: number
  /** For the probe, which has a table of its own. */
  sighting?: Sighting | undefined
  /** It was not answered: it is no call of the request log. */
  isOnlySighted?: boolean
}

/**
 * Writes records in one statement, which waits for no disk: what a crash of PostgreSQL takes of the last moment is not worth a
 * wait. A record that is there already stays, so that a batch of unknown fate may be written again.
 */
export async function writeCalls(database: Queries, records: readonly NewCallRecord[], replica: string): Promise<void> {
  await statementsOf(database)(insertCalls, [replica, JSON.stringify(records)])
}

const insertCalls = `
    WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS mode)
    INSERT INTO call_record (
      application_id, at, call, method, issue_key, remote_keys, remote_key_count, taken, status, code, milliseconds,
      source, actor, request_id, replica, path, nearest, headers, token_in, scheme, token_place, stands_for)
    SELECT "applicationId", to_timestamp(at / 1000.0), call, method, "issueKey",
      "remoteKeys", "remoteKeyCount", taken, status, code, milliseconds,
      source, actor, "requestId", $1, path, nearest, headers,
      "tokenIn", scheme, "tokenPlace", "standsFor"
    FROM quick, json_to_recordset($2::json) AS record (
      "applicationId" text, at float8, call text, method text, "issueKey" text, "remoteKeys" text[],
      "remoteKeyCount" integer, taken text, status smallint, code text, milliseconds real, source text, actor jsonb,
      "requestId" text, path text, nearest text, headers jsonb, "tokenIn" text[], scheme text, "tokenPlace" smallint, "standsFor" integer)
    ON CONFLICT DO NOTHING`
