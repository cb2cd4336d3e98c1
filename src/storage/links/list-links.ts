import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import type { LinkModel } from '../prisma-client/models.ts'
import type { LinkFilter, LinkKeys, Stretch } from './link-keys.ts'
import { whereOf } from './moved/issue-keys.ts'

/** A link as it is stored. */
export type StoredLink = LinkModel

type OrderBy = { issueKey?: 'asc'; remoteKey?: 'asc' }[]

/** Links of an application in the order of issue key and remote key. The link `after` itself need not exist any longer. */
export async function listLinks(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  { after, skip = 0, limit }: Stretch<LinkKeys>,
): Promise<StoredLink[]> {
  const where = await whereOf(database, applicationId, filter)
  const orderBy: OrderBy = [{ issueKey: 'asc' }, { remoteKey: 'asc' }]
  // The index holds both keys, so the skipped links are not read from the table.
  const skipped = { where, orderBy, skip: skip - 1, take: 1, select: { issueKey: true, remoteKey: true } }
  const start = skip === 0 ? after : (await database.link.findMany(skipped))[0]
  if (skip > 0 && !start) return []
  return database.link.findMany({
    where: { ...where, ...(start && { AND: [{ issueKey: { gte: start.issueKey } }, later(start)] }) },
    orderBy,
    take: limit,
  })
}

/** How many links of an application match the filter, counted up to `most`. */
export async function countLinks(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  most?: number,
): Promise<number> {
  return database.link.count({
    where: await whereOf(database, applicationId, filter),
    ...(most !== undefined && { take: most }),
  })
}

/** Whether a link is stored under any of these keys, exactly as they are. */
export async function hasLinks(
  database: Queries,
  applicationId: string,
  keys: { issueKey: { in: IssueKey[] } } | { remoteKey: { in: RemoteKey[] } },
): Promise<boolean> {
  return (
    (await database.link.findFirst({ where: { applicationId, ...keys }, select: { applicationId: true } })) !== null
  )
}

/** How many links each of these objects has; an object without links has no entry. */
export async function countLinksByObject(
  database: Queries,
  applicationId: string,
  keys: readonly RemoteKey[],
): Promise<Map<RemoteKey, number>> {
  const rows = await database.$queryRaw<{ remote_key: RemoteKey; links: number }[]>`
    SELECT remote_key, count(*)::int AS links FROM link
    WHERE application_id = ${applicationId} AND remote_key = ANY (${[...keys]}::text[])
    GROUP BY remote_key`
  return new Map(rows.map(({ remote_key, links }) => [remote_key, links]))
}

/** Among links whose issue key is not before that of `after`: the links after it. */
const later = (after: { issueKey: string; remoteKey: string }) => ({
  OR: [{ issueKey: { gt: after.issueKey } }, { remoteKey: { gt: after.remoteKey } }],
})
