import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { linkChanger } from './link-changes.ts'

/** Both keys of a link within one application. */
export type LinkKeys = { issueKey: IssueKey; remoteKey: RemoteKey }

/** Which links of an application to read: of an issue, of an object, or all. */
export type LinkFilter = { issueKey?: IssueKey; remoteKey?: RemoteKey }

type OrderBy = { issueKey?: 'asc'; remoteKey?: 'asc' }[]

/** A stretch of a list. */
type Stretch<Place> = { after?: Place; skip?: number; limit: number }

export type LinkStore = ReturnType<typeof linkStore>

/**
 * The links and their history. Errors are the driver's; `databaseProblem` tells them apart. `attempt` makes each change,
 * again where that may help.
 */
export function linkStore(prisma: Queries, attempt?: typeof withConflictRetry) {
  return {
    /** Creates or removes links, see link-changes.ts. */
    change: linkChanger(prisma, attempt),

    /**
     * Links of an application in the order of issue key and remote key, at most `limit`: those after `after`, which
     * itself may be gone by now, or those behind the first `skip`.
     */
    async list(applicationId: string, filter: LinkFilter, { after, skip = 0, limit }: Stretch<LinkKeys>) {
      const where = { applicationId, ...filter }
      const orderBy: OrderBy = [{ issueKey: 'asc' }, { remoteKey: 'asc' }]
      // Both keys stand in the index: of the links that are passed over no row need be read.
      const passed = { where, orderBy, skip: skip - 1, take: 1, select: { issueKey: true, remoteKey: true } }
      const start = skip === 0 ? after : (await prisma.link.findMany(passed))[0]
      if (skip > 0 && !start) return []
      return prisma.link.findMany({
        where: { ...where, ...(start && { AND: [{ issueKey: { gte: start.issueKey } }, later(start)] }) },
        orderBy,
        take: limit,
      })
    },

    /** How many links an application has. */
    count(applicationId: string, filter: LinkFilter): Promise<number> {
      return prisma.link.count({ where: { applicationId, ...filter } })
    },

    /** How many links each of these objects has; none has no entry. */
    async countByObject(applicationId: string, keys: readonly RemoteKey[]): Promise<Map<RemoteKey, number>> {
      const rows = await prisma.$queryRaw<{ remote_key: RemoteKey; links: number }[]>`
        SELECT remote_key, count(*)::int AS links FROM link
        WHERE application_id = ${applicationId} AND remote_key = ANY (${[...keys]}::text[])
        GROUP BY remote_key`
      return new Map(rows.map(({ remote_key, links }) => [remote_key, links]))
    },

    /** What happened to links, oldest first, at most `limit`: the events after `after`, or those behind the first `skip`. */
    history(applicationId: string, filter: LinkFilter, { after, skip = 0, limit }: Stretch<bigint>) {
      return prisma.linkEvent.findMany({
        where: { applicationId, ...filter, ...(after !== undefined && { id: { gt: after } }) },
        orderBy: { id: 'asc' },
        skip,
        take: limit,
      })
    },

    /** How many events the history of links has. */
    countHistory(applicationId: string, filter: LinkFilter): Promise<number> {
      return prisma.linkEvent.count({ where: { applicationId, ...filter } })
    },

    /** What happened to links last, oldest first, at most `limit`. */
    async recent(applicationId: string, filter: LinkFilter, limit: number) {
      const events = await prisma.linkEvent.findMany({
        where: { applicationId, ...filter },
        orderBy: { id: 'desc' },
        take: limit,
      })
      return events.toReversed()
    },
  }
}

/** Of links whose issue key is that of `after` or comes later: those after it. */
const later = (after: { issueKey: string; remoteKey: string }) => ({
  OR: [{ issueKey: { gt: after.issueKey } }, { remoteKey: { gt: after.remoteKey } }],
})
