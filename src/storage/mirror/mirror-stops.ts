import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { MirrorStopModel } from '../prisma-client/models.ts'

/** Why nothing is sent for an application, or for one of its issues. */
export type MirrorStop = MirrorStopModel

/** The issue key of a stop of the whole application. */
export const wholeApplication = ''

/** Milliseconds from one try to the next: doubled each time, an hour at most. As `pauses` of protocol.ts has it. */
const pauseAfter = (attempts: Prisma.Sql) =>
  Prisma.sql`least(3600, 2 ^ least(12, greatest(0, ${attempts} - 1))) * interval '1 s'`

const lastsAt = (moment: Prisma.Sql) => Prisma.sql`stop.next_at > ${moment}
  AND stop.next_at <= ${moment} + ${pauseAfter(Prisma.sql`stop.attempts`)} + interval '5 s'`

/**
 * Whether the stop `stop` lasts. A stop further ahead than its pause was made before the clock went back: it is over; so it is
 * with links, see `mendClock`.
 */
export const stopLasts = lastsAt(Prisma.sql`now()`)

/** Now, of a row that is in the way of another. */
const told = Prisma.sql`excluded.since`

/** Stops an application or an issue for a while, longer each time until something succeeds. Others may just have done so. */
export async function stopMirror(
  database: Queries,
  applicationId: string,
  issueKey: string,
  { reason, detail }: { reason: string; detail: string },
): Promise<{ isNew: boolean }> {
  const [stop] = await database.$queryRaw<[{ isNew: boolean }]>`
    INSERT INTO mirror_stop AS stop (application_id, issue_key, reason, detail, since, next_at)
    VALUES (${applicationId}, ${issueKey}, ${reason}, ${detail}, now(), now() + interval '1 s')
    ON CONFLICT (application_id, issue_key) DO UPDATE SET
      reason = excluded.reason, detail = excluded.detail,
      attempts = CASE WHEN ${lastsAt(told)} THEN stop.attempts ELSE stop.attempts + 1 END,
      next_at = CASE WHEN ${lastsAt(told)} THEN stop.next_at
                     ELSE ${told} + ${pauseAfter(Prisma.sql`(stop.attempts + 1)`)} END
    RETURNING xmax = 0 AS "isNew"`
  return stop
}

/** Links that one statement makes due: with more of them PostgreSQL would read the whole table each time. */
const atOnce = 1_000
/** Links that are put off together. */
const mostPutOff = 10_000

/** Runs a statement that moves `atOnce` links at most until none is left. Returns how many it moved. */
async function inSteps(step: () => Promise<number>): Promise<number> {
  let moved = 0
  for (let links = atOnce; links === atOnce; moved += links) links = await step()
  return moved
}

/**
 * Lets the due links of stopped issues wait until their stop is over, so that whoever looks for work need not pass over them each
 * time. Those that somebody has in hand stay due, and the stop holds for them as well.
 */
export const putOff = (transaction: Queries, applicationId: string, issueKeys: readonly string[]): Promise<number> =>
  transaction.$executeRaw`
    UPDATE link_mirror AS link SET next_at = until
    FROM (SELECT due.issue_key, due.remote_key, stop.next_at AS until
          FROM mirror_stop AS stop JOIN link_mirror AS due USING (application_id, issue_key)
          WHERE application_id = ${applicationId} AND issue_key = ANY (${[...issueKeys]}::text[])
            AND due.next_at < stop.next_at AND due.lease_token IS NULL
          LIMIT ${mostPutOff} FOR UPDATE OF due SKIP LOCKED) AS waiting
    WHERE link.application_id = ${applicationId} AND link.issue_key = waiting.issue_key
      AND link.remote_key = waiting.remote_key`

/** Whether the stop `stop` is what the link `link` waits for. */
const waitsForStop = Prisma.sql`link.application_id = stop.application_id AND link.issue_key = stop.issue_key
  AND link.next_at = stop.next_at`

/** Lets what waits for stops of applications, or of one issue, be due at once. With OFFSET each stop finds its links by key, see `findWork`. */
function bringBack(database: Queries, applicationIds: readonly string[], issueKey?: string): Promise<number> {
  const ofIssue = issueKey === undefined ? Prisma.empty : Prisma.sql`AND stop.issue_key = ${issueKey}`
  return inSteps(
    () => database.$executeRaw`
      WITH waiting AS MATERIALIZED (
        SELECT held.* FROM mirror_stop AS stop CROSS JOIN LATERAL (
          SELECT application_id, issue_key, remote_key FROM link_mirror AS link WHERE ${waitsForStop} OFFSET 0
        ) AS held
        WHERE stop.application_id = ANY (${[...applicationIds]}::text[]) ${ofIssue} AND stop.next_at > now()
        LIMIT ${atOnce}
      )
      UPDATE link_mirror SET next_at = now()
      WHERE ${isLocked}`,
  )
}

/** Whether a link of `link_mirror` is among those of the table `waiting`, which are locked in the order in which all lock them. */
const isLocked = Prisma.sql`(application_id, issue_key, remote_key) IN (
  SELECT link.application_id, link.issue_key, link.remote_key
  FROM link_mirror AS link JOIN waiting USING (application_id, issue_key, remote_key)
  ORDER BY link.issue_key COLLATE "C", link.remote_key COLLATE "C" FOR UPDATE OF link)`

/** Something succeeded: the stops of the issue and of its application are over. Returns those that there were. */
export async function endStops(database: Queries, applicationId: string, issueKey: string): Promise<string[]> {
  const where = { applicationId, issueKey: { in: [wholeApplication, issueKey] } }
  if ((await database.mirrorStop.count({ where })) === 0) return []
  await bringBack(database, [applicationId], issueKey)
  const rows = await database.$queryRaw<{ issueKey: string }[]>`
    DELETE FROM mirror_stop
    WHERE application_id = ${applicationId} AND issue_key IN (${wholeApplication}, ${issueKey})
    RETURNING issue_key AS "issueKey"`
  return rows.map(row => row.issueKey)
}

/**
 * Lets what is stopped be tried at once: of some applications, or one issue. Returns how many stops there were. Pauses begin anew:
 * what was sent before may be refused afterwards, and must not stop it for an hour.
 */
export async function resumeMirror(
  database: Queries,
  applicationIds: readonly string[],
  issueKey?: string,
): Promise<number> {
  await bringBack(database, applicationIds, issueKey)
  const where = {
    applicationId: { in: [...applicationIds] },
    ...(issueKey !== undefined && { issueKey: { in: [issueKey, wholeApplication] } }),
  }
  return (await database.mirrorStop.updateMany({ where, data: { attempts: 0, nextAt: new Date(0) } })).count
}

/** The stops of an application, its own first; at most `limit`. */
export const listStops = (database: Queries, applicationId: string, limit: number): Promise<MirrorStop[]> =>
  database.mirrorStop.findMany({ where: { applicationId }, orderBy: { issueKey: 'asc' }, take: limit })

/**
 * Makes due what waits longer than its pause can be, because the clock went back; what waits for a stop that lasts does not. A link
 * without a failure waits for a second at most. Returns how many there were.
 */
export const mendClock = (database: Queries, applicationIds: readonly string[]): Promise<number> =>
  inSteps(
    () => database.$executeRaw`
      WITH waiting AS MATERIALIZED (
        SELECT application_id, issue_key, remote_key FROM link_mirror AS link
        WHERE application_id = ANY (${[...applicationIds]}::text[])
          AND next_at > now() + interval '5 s' AND next_at > now() + ${pauseAfter(Prisma.sql`attempts`)} + interval '5 s'
          AND NOT EXISTS (SELECT FROM mirror_stop AS stop WHERE ${waitsForStop} AND ${stopLasts} OFFSET 0)
        LIMIT ${atOnce}
      )
      UPDATE link_mirror SET next_at = now()
      WHERE ${isLocked}`,
  )
