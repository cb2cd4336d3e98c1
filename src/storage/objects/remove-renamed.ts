import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import type { EventActor } from '../links/link-batch.ts'
import type { LinkKeys } from '../links/link-keys.ts'
import { removeMovedLinks } from '../links/moved/remove-moved.ts'
import { removeLinks } from '../links/remove-links.ts'

/** Tracker removed a link; several readings of its keys, none of which is stored. */
type Removal = { applicationId: string; links: readonly LinkKeys[]; actor: EventActor }

/** A link that Tracker named by a former key of its object, and what stands for it here. */
export type RenamedLink = { asked: LinkKeys; stored: LinkKeys }

/**
 * Removes the link that a former key of its object names, see `findRenamed`. Returns those that may be meant: a single one has
 * been removed; of several, none has.
 */
export type RemoveRenamed = (removal: Removal) => Promise<RenamedLink[]>

export const renamedLinkRemover =
  (prisma: Queries): RemoveRenamed =>
  ({ applicationId, links, actor }) =>
    withConflictRetry(async () => {
      const found = await findRenamed(prisma, applicationId, links)
      const [one, another] = found
      if (one === undefined || another !== undefined) return found
      const removed = await prisma.$transaction(tx => remove(tx, applicationId, one, actor))
      return removed ? [one] : []
    })

/**
 * The links of objects that were renamed. Not if Tracker has the link of the present key as well: then it stays. And not if the
 * remote link of the former key is gone, or if the mirror may have removed it: then the call only tells us of that.
 */
async function findRenamed(prisma: Queries, applicationId: string, links: readonly LinkKeys[]): Promise<RenamedLink[]> {
  const rows = await prisma.$queryRaw<{ place: number; issue_key: LinkKeys['issueKey']; remote_key: RemoteKey }[]>`
    /* find renamed links */
    WITH asked AS (
      SELECT place, alias.remote_key AS present, named.remote_key AS former,
             coalesce((SELECT issue_key FROM issue_alias
                       WHERE application_id = ${applicationId} AND alias = named.issue_key), named.issue_key) AS issue_key
      FROM unnest(${links.map(({ issueKey }) => issueKey)}::text[], ${links.map(({ remoteKey }) => remoteKey)}::text[])
        WITH ORDINALITY AS named (issue_key, remote_key, place)
      JOIN object_alias AS alias ON alias.application_id = ${applicationId} AND alias.alias = named.remote_key
    )
    SELECT asked.place::int, link.issue_key, link.remote_key
    FROM asked JOIN link ON link.application_id = ${applicationId}
      AND link.issue_key = asked.issue_key AND link.remote_key = asked.present
    LEFT JOIN link_mirror AS old ON old.application_id = ${applicationId}
      AND old.issue_key = asked.issue_key AND old.remote_key = asked.former
    LEFT JOIN link_mirror AS new ON new.application_id = ${applicationId}
      AND new.issue_key = asked.issue_key AND new.remote_key = asked.present
    WHERE new.agreed IS DISTINCT FROM 'linked'::link_state AND old.agreed IS DISTINCT FROM 'absent'::link_state
      AND old.lease_token IS NULL AND NOT (old.agreed IS NOT NULL AND old.in_doubt)
    ORDER BY asked.place`
  return rows.map(row => ({
    asked: links[row.place - 1] as LinkKeys,
    stored: { issueKey: row.issue_key, remoteKey: row.remote_key },
  }))
}

/** Removes the link; and Tracker is known to have none of the former key any more. */
async function remove(tx: Queries, applicationId: string, link: RenamedLink, actor: EventActor): Promise<boolean> {
  const { asked, stored } = link
  const batch = [{ links: [stored], names: [`${stored.issueKey} ${stored.remoteKey}`], actor }] as const
  const [removed = []] =
    (await removeLinks(tx, applicationId, batch)) ?? (await removeMovedLinks(tx, applicationId, batch))
  await tx.linkMirror.updateMany({
    where: { applicationId, issueKey: stored.issueKey, remoteKey: asked.remoteKey, wanted: 'absent', leaseToken: null },
    data: {
      agreed: 'absent',
      remoteLinkId: null,
      inDoubt: false,
      nextAt: null,
      attempts: 0,
      lastError: null,
      lastErrorDetail: null,
    },
  })
  return removed.length > 0
}
