import type { IssueKey } from '../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { withConflictRetry } from './database-problem.ts'
import { linkChanger } from './link-changes.ts'
import type { Queries } from './queries.ts'

/** Both keys of a link within one application. */
export type LinkKeys = { issueKey: IssueKey; remoteKey: RemoteKey }

/** Which links of an application to read: of an issue, of an object, or all. */
export type LinkFilter = { issueKey?: IssueKey; remoteKey?: RemoteKey }

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
     * Links of an application in the order of issue key and remote key, at most `limit`, those after `after`; that link
     * itself may be gone by now.
     */
    list(applicationId: string, filter: LinkFilter, { after, limit }: { after?: LinkKeys; limit: number }) {
      return prisma.link.findMany({
        where: {
          applicationId,
          ...filter,
          ...(after && { AND: [{ issueKey: { gte: after.issueKey } }, later(after)] }),
        },
        orderBy: [{ issueKey: 'asc' }, { remoteKey: 'asc' }],
        take: limit,
      })
    },

    /** How many links an application has. */
    count(applicationId: string, filter: LinkFilter): Promise<number> {
      return prisma.link.count({ where: { applicationId, ...filter } })
    },

    /** What happened to links, oldest first, at most `limit`, those after the event `after`. */
    history(applicationId: string, filter: LinkFilter, { after, limit }: { after?: bigint; limit: number }) {
      return prisma.linkEvent.findMany({
        where: { applicationId, ...filter, ...(after !== undefined && { id: { gt: after } }) },
        orderBy: { id: 'asc' },
        take: limit,
      })
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
const later = (after: LinkKeys) => ({
  OR: [{ issueKey: { gt: after.issueKey } }, { remoteKey: { gt: after.remoteKey } }],
})
