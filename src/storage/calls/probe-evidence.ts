import type { Queries } from '../database/queries.ts'

/** What the database knows beside the calls themselves. */
export type StoredEvidence = {
  /** Former keys of issues, and their present ones. */
  moved: readonly { alias: string; issueKey: string }[]
  /** Links that were made or removed here and not by Tracker, so that the mirror sent them. */
  ours: readonly { kind: string; issueKey: string; remoteKey: string; at: Date }[]
  /** Links that Tracker refused as such that exist. */
  refusedRepeats: number
  /** The most links of one issue that both sides agree on. */
  longestList: number
  /** Issues that Tracker edits no more. */
  lockedIssues: number
  /** Calls to addresses of nobody that look like a suggestion. */
  suggestCalls: number
}

const mostEvents = 10_000
/** Events that are looked through for them, the newest: no index finds who made them. */
const mostRead = 100_000

export async function readStoredEvidence(
  database: Queries,
  applicationId: string,
  since: Date,
): Promise<StoredEvidence> {
  const moved = await database.issueAlias.findMany({ where: { applicationId }, take: mostEvents })
  const orderBy = { id: 'desc' } as const
  const older = { where: { applicationId }, orderBy, skip: mostRead, take: 1, select: { id: true } }
  const [edge] = await database.linkEvent.findMany(older)
  const events = await database.linkEvent.findMany({
    where: {
      applicationId,
      ...(edge && { id: { gt: edge.id } }),
      occurredAt: { gte: since },
      actorKind: { in: ['operator', 'application'] },
    },
    orderBy,
    take: mostEvents,
  })
  const refusedRepeats = await database.linkMirror.count({ where: { applicationId, lastError: 'link-refused' } })
  const lockedIssues = await database.mirrorStop.count({ where: { applicationId, reason: 'issue-locked' } })
  const [longest] = await database.$queryRaw<{ links: number }[]>`
    SELECT count(*)::int AS links FROM link_mirror WHERE application_id = ${applicationId} AND agreed = 'linked'
    GROUP BY issue_key ORDER BY links DESC LIMIT 1`
  const suggestCalls = await database.callRecord.count({
    where: { applicationId: '', at: { gte: since }, path: { contains: 'suggest', mode: 'insensitive' } },
  })
  return {
    moved: moved.map(({ alias, issueKey }) => ({ alias, issueKey })),
    ours: events.map(({ kind, issueKey, remoteKey, occurredAt }) => ({ kind, issueKey, remoteKey, at: occurredAt })),
    refusedRepeats,
    lockedIssues,
    longestList: longest?.links ?? 0,
    suggestCalls,
  }
}
