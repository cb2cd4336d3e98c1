import type { Queries } from '../database/queries.ts'

/** Rows of one statement. */
const atOnce = 20_000

type Place = { issueKey: string; remoteKey: string }

/** Makes due what differs and nobody has in hand: what was changed while an application was not mirrored. */
export async function sendDifferences(database: Queries, applicationId: string): Promise<void> {
  let from: Place = { issueKey: '', remoteKey: '' }
  for (;;) {
    const to = await placeAfter(database, applicationId, from)
    await database.$executeRaw`
      UPDATE link_mirror SET next_at = now()
      WHERE application_id = ${applicationId} AND (issue_key, remote_key) > (${from.issueKey}, ${from.remoteKey})
        AND (${to === undefined} OR (issue_key, remote_key) <= (${to?.issueKey ?? ''}, ${to?.remoteKey ?? ''}))
        AND next_at IS NULL AND lease_token IS NULL AND (in_doubt OR wanted <> coalesce(agreed, 'absent'))`
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

/** Lets nothing be due of an application that is no longer mirrored. What is being sent is ended. */
export async function sendNothing(database: Queries, applicationId: string): Promise<void> {
  for (let rows = atOnce; rows === atOnce; )
    rows = await database.$executeRaw`
      UPDATE link_mirror SET next_at = NULL
      WHERE application_id = ${applicationId} AND lease_token IS NULL AND next_at IS NOT NULL
        AND (issue_key, remote_key) IN (
          SELECT issue_key, remote_key FROM link_mirror
          WHERE application_id = ${applicationId} AND lease_token IS NULL AND next_at IS NOT NULL LIMIT ${atOnce})`
}
