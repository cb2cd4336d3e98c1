import type { IssueKey } from '../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../tracker-contract/remote-key.ts'
import type { PrismaClient } from './prisma-client/client.ts'

/** Both keys of a link within one application. */
export type LinkKeys = { issueKey: IssueKey; remoteKey: RemoteKey }

/** Who made a change, as the columns of an event hold it. */
export type EventActor = { kind: 'tracker' | 'user' | 'operator'; login?: string; uid?: bigint }

/** Which links of an application to read: of an issue, of an object, or all. */
export type LinkFilter = { issueKey?: IssueKey; remoteKey?: RemoteKey }

export type LinkStore = ReturnType<typeof linkStore>

/**
 * The links and their history. A change and its event are one statement, so one transaction: both are there or neither.
 * Errors are the driver's; `databaseProblem` tells them apart.
 */
export function linkStore(prisma: PrismaClient) {
  return {
    /**
     * Links an issue to objects, all or none; links that are there already stay as they are.
     * `remoteKeys` must be sorted and without duplicates: two calls that lock rows in different orders would deadlock.
     * Returns the remote keys whose links are new.
     */
    async create(applicationId: string, issueKey: IssueKey, remoteKeys: readonly RemoteKey[], actor: EventActor) {
      const rows = await prisma.$queryRaw<{ remote_key: RemoteKey }[]>`
        WITH created AS (
          INSERT INTO link (application_id, issue_key, remote_key)
          SELECT ${applicationId}, ${issueKey}, unnest(${remoteKeys}::text[])
          ON CONFLICT DO NOTHING
          RETURNING remote_key
        ), told AS (
          INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, actor_login, actor_uid)
          SELECT ${applicationId}, 'created', ${issueKey}, remote_key,
                 ${actor.kind}::actor_kind, ${actor.login ?? null}, ${actor.uid ?? null}::bigint
          FROM created
        )
        SELECT remote_key FROM created`
      return new Set(rows.map(row => row.remote_key))
    },

    /**
     * Removes the one link that is stored among the candidates. Where none is stored, or several are, nothing changes.
     * Returns those that were stored when the call came: one means that it is removed now.
     */
    async removeOnly(applicationId: string, candidates: readonly LinkKeys[], actor: EventActor): Promise<LinkKeys[]> {
      const issueKeys = candidates.map(candidate => candidate.issueKey)
      const remoteKeys = candidates.map(candidate => candidate.remoteKey)
      const rows = await prisma.$queryRaw<{ issue_key: IssueKey; remote_key: RemoteKey }[]>`
        WITH present AS (
          SELECT issue_key, remote_key, issue_id FROM link
          WHERE application_id = ${applicationId}
            AND (issue_key, remote_key) IN (SELECT * FROM unnest(${issueKeys}::text[], ${remoteKeys}::text[]))
          ORDER BY issue_key, remote_key
          FOR UPDATE
        ), removed AS (
          DELETE FROM link USING present
          WHERE link.application_id = ${applicationId}
            AND link.issue_key = present.issue_key AND link.remote_key = present.remote_key
            AND (SELECT count(*) FROM present) = 1
          RETURNING link.issue_key, link.remote_key, link.issue_id
        ), told AS (
          INSERT INTO link_event (application_id, kind, issue_key, remote_key, issue_id, actor_kind, actor_login, actor_uid)
          SELECT ${applicationId}, 'removed', issue_key, remote_key, issue_id,
                 ${actor.kind}::actor_kind, ${actor.login ?? null}, ${actor.uid ?? null}::bigint
          FROM removed
        )
        SELECT issue_key, remote_key FROM present`
      return rows.map(row => ({ issueKey: row.issue_key, remoteKey: row.remote_key }))
    },

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
      return events.reverse()
    },
  }
}

/** Of links whose issue key is that of `after` or comes later: those after it. */
const later = (after: LinkKeys) => ({
  OR: [{ issueKey: { gt: after.issueKey } }, { remoteKey: { gt: after.remoteKey } }],
})
