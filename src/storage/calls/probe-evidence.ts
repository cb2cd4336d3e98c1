import type { Queries } from '../database/queries.ts'
import { ofNobody } from './list-calls.ts'
import type { TrackerAnswer } from './tracker-answers.ts'

/** What the database knows beside the calls themselves. */
export type StoredEvidence = {
  /** Former keys of issues, and their present ones. */
  moved: readonly { alias: string; issueKey: string }[]
  /** Links that were made or removed here and not by Tracker, so that the mirror sent them. */
  ours: readonly { kind: string; issueKey: string; remoteKey: string; at: Date }[]
  /** How often Tracker answered in which way. */
  answers: { readonly [Answer in TrackerAnswer]?: number }
  /** Issues that Tracker edits no more. */
  lockedIssues: number
  /** Calls to addresses of nobody that look like a suggestion: the last ones. */
  suggestCalls: readonly { method: string; path: string }[]
}

const mostEvents = 10_000
const mostCalls = 1_000
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
  const lockedIssues = await database.mirrorStop.count({ where: { applicationId, reason: 'issue-locked' } })
  const run = await database.probeRun.findUnique({ where: { applicationId } })
  const suggestCalls = await database.callRecord.findMany({
    where: { applicationId: ofNobody, at: { gte: since }, path: { contains: 'suggest', mode: 'insensitive' } },
    orderBy: { at: 'desc' },
    take: mostCalls,
    select: { method: true, path: true },
  })
  return {
    moved: moved.map(({ alias, issueKey }) => ({ alias, issueKey })),
    ours: events.map(({ kind, issueKey, remoteKey, occurredAt }) => ({ kind, issueKey, remoteKey, at: occurredAt })),
    answers: (run?.answers ?? {}) as StoredEvidence['answers'],
    lockedIssues,
    suggestCalls: suggestCalls.map(({ method, path }) => ({ method, path: path ?? '' })),
  }
}
