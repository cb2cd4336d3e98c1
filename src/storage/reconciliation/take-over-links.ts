import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'

/** A link that Tracker has, with its id there. */
export type LinkOfTracker = { remoteKey: string; remoteLinkId: string }

const atOnce = 1_000

/**
 * Stores links of an issue that Tracker has, as what both sides agree on, without events: nothing has happened, a new installation
 * learns of what there was before. A link that is there already stays as it is.
 */
export async function takeOverLinks(
  database: Queries,
  applicationId: string,
  { issueKey, issueId }: { issueKey: string; issueId: string | undefined },
  links: readonly LinkOfTracker[],
): Promise<void> {
  for (let start = 0; start < links.length; start += atOnce) {
    const some = links.slice(start, start + atOnce)
    await withConflictRetry(
      () => database.$executeRaw`
      WITH created AS (
        INSERT INTO link (application_id, issue_key, remote_key, issue_id)
        SELECT ${applicationId}, ${issueKey}, remote_key, ${issueId ?? null}
        FROM unnest(${some.map(link => link.remoteKey)}::text[]) AS asked (remote_key)
        ORDER BY remote_key COLLATE "C"
        ON CONFLICT DO NOTHING
        RETURNING remote_key
      )
      INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, agreed, agreed_generation,
                               remote_link_id)
      SELECT ${applicationId}, ${issueKey}, created.remote_key, 'linked', 1, 'linked', 1, known.id
      FROM created JOIN unnest(${some.map(link => link.remoteKey)}::text[], ${some.map(link => link.remoteLinkId)}::text[])
        AS known (remote_key, id) USING (remote_key)
      ORDER BY created.remote_key COLLATE "C"
      ON CONFLICT DO NOTHING`,
    )
  }
}
