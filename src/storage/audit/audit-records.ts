import { randomBytes } from 'node:crypto'
import type { Queries } from '../database/queries.ts'
import type { AuditRecordModel } from '../prisma-client/models.ts'
import { shareWork } from '../work/shared-work.ts'

/** A record of the audit: who changed what, and when. */
export type AuditRecord = AuditRecordModel

/** A change to be recorded. */
export type AuditedChange = {
  actorKind: 'application' | 'operator'
  actorLogin?: string
  apiKeyId?: string
  applicationId?: string
  operation: string
  /** The keys that name what was changed. */
  about: Record<string, string>
  status?: number
  requestId?: string
}

/** Which records are meant; left out: all. */
export type AuditFilter = {
  applicationIds?: readonly string[]
  apiKeyId?: string
  since?: Date
  until?: Date
}

/** The place of a record in the list, which is in the order of time. */
export type AuditPlace = { at: Date; id: string }

/** Most records of one statement. */
const mostAtOnce = 500

/** A function that records changes; those of one moment share a statement. Errors are the driver's. */
export function auditRecorder(database: Queries): (change: AuditedChange) => Promise<void> {
  return shareWork<AuditedChange, void>({
    run: async batch => {
      await database.auditRecord.createMany({ data: batch.map(row) })
      return batch.map(() => undefined)
    },
    alike: () => true,
    weight: () => 1,
    heaviest: mostAtOnce,
    heavy: Infinity,
    touches: () => [],
  })
}

const row = (change: AuditedChange) => ({ ...change, id: randomBytes(9).toString('base64url') })

/** Records in the order of time: at most `limit` of those that follow `after`, or of the first `skip`. */
export function listAudit(
  database: Queries,
  filter: AuditFilter,
  { after, skip, limit }: { after?: AuditPlace; skip?: number; limit: number },
): Promise<AuditRecord[]> {
  return database.auditRecord.findMany({
    where: {
      ...whereOf(filter),
      // The index begins at a moment: of two conditions with OR it would be read from its start.
      ...(after && { AND: [{ at: { gte: after.at } }, { OR: [{ at: { gt: after.at } }, { id: { gt: after.id } }] }] }),
    },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
    take: limit,
    ...(skip !== undefined && { skip }),
  })
}

/** The last records, the latest at the end. */
export async function recentAudit(database: Queries, filter: AuditFilter, limit: number): Promise<AuditRecord[]> {
  const found = await database.auditRecord.findMany({
    where: whereOf(filter),
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  return found.toReversed()
}

/** How many records match, counted up to `most`. */
export const countAudit = (database: Queries, filter: AuditFilter, most?: number): Promise<number> =>
  database.auditRecord.count({ where: whereOf(filter), ...(most !== undefined && { take: most }) })

function whereOf({ applicationIds, apiKeyId, since, until }: AuditFilter) {
  return {
    ...(applicationIds && { applicationId: { in: [...applicationIds] } }),
    ...(apiKeyId !== undefined && { apiKeyId }),
    ...((since || until) && { at: { ...(since && { gte: since }), ...(until && { lt: until }) } }),
  }
}
