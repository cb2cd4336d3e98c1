import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'

/** Rows of one statement. */
const atOnce = 20_000

type Place = { issueKey: string; remoteKey: string }

/** Makes due what differs and nobody has in hand: what was changed while an application was not mirrored. */
export const sendDifferences = (database: Queries, applicationId: string): Promise<void> =>
  walkLinks(
    database,
    applicationId,
    links => database.$executeRaw`
      UPDATE link_mirror SET next_at = now()
      WHERE ${links} AND next_at IS NULL AND lease_token IS NULL AND (in_doubt OR wanted <> coalesce(agreed, 'absent'))`,
  )

/** Lets nothing be due of an application that is no longer mirrored. What is being sent is ended. */
export const sendNothing = (database: Queries, applicationId: string): Promise<void> =>
  walkLinks(
    database,
    applicationId,
    links => database.$executeRaw`
      UPDATE link_mirror SET next_at = NULL
      WHERE ${links} AND lease_token IS NULL AND next_at IS NOT NULL`,
  )

/** Runs a statement for all links of an application, some of them at a time: `links` says which, by key. */
async function walkLinks(
  database: Queries,
  applicationId: string,
  update: (links: Prisma.Sql) => Promise<unknown>,
): Promise<void> {
  let from: Place = { issueKey: '', remoteKey: '' }
  for (;;) {
    const to = await placeAfter(database, applicationId, from)
    const until = to ? Prisma.sql`AND (issue_key, remote_key) <= (${to.issueKey}, ${to.remoteKey})` : Prisma.empty
    await update(
      Prisma.sql`application_id = ${applicationId} AND (issue_key, remote_key) > (${from.issueKey}, ${from.remoteKey}) ${until}`,
    )
    if (to === undefined) return
    from = to
  }
}

async function placeAfter(database: Queries, applicationId: string, from: Place): Promise<Place | undefined> {
  const [place] = await database.$queryRaw<Place[]>`
    SELECT issue_key AS "issueKey", remote_key AS "remoteKey" FROM link_mirror
    WHERE application_id = ${applicationId} AND (issue_key, remote_key) > (${from.issueKey}, ${from.remoteKey})
    ORDER BY issue_key, remote_key OFFSET ${atOnce} LIMIT 1`
  return place
}
