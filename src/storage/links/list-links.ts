import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkModel } from '../prisma-client/models.ts'
import type { LinkFilter, LinkKeys, Stretch } from './link-keys.ts'
import { keysOfIssue } from './moved/issue-keys.ts'

/** A link as it is stored. */
export type StoredLink = LinkModel

// As SQL, all of these: the first query of Prisma's own loads its compiler, a fifth of the time of a command.

/** Links of an application in the order of issue key and remote key. The link `after` itself need not exist any longer. */
export async function listLinks(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  { after, skip = 0, limit }: Stretch<LinkKeys>,
): Promise<StoredLink[]> {
  const chosen = await chosenLinks(database, applicationId, filter)
  const start = skip === 0 ? after : await linkAt(database, chosen, skip - 1)
  if (skip > 0 && !start) return []
  return database.$queryRaw`
    SELECT application_id AS "applicationId", issue_key AS "issueKey", remote_key AS "remoteKey", issue_id AS "issueId",
           created_at AS "createdAt"
    FROM link WHERE ${chosen}${start ? laterThan(start) : Prisma.empty} ${inOrder} LIMIT ${limit}`
}

/** The index holds both keys, so the links before it are not read from the table. */
async function linkAt(database: Queries, chosen: Prisma.Sql, place: number): Promise<LinkKeys | undefined> {
  const [link] = await database.$queryRaw<LinkKeys[]>`
    SELECT issue_key AS "issueKey", remote_key AS "remoteKey" FROM link WHERE ${chosen} ${inOrder} LIMIT 1 OFFSET ${place}`
  return link
}

const inOrder = Prisma.sql`ORDER BY issue_key, remote_key`

/** The first comparison is for the index, by issue or by object. */
const laterThan = ({ issueKey, remoteKey }: LinkKeys) =>
  Prisma.sql` AND issue_key >= ${issueKey} AND (issue_key > ${issueKey} OR remote_key > ${remoteKey})`

/** What is true of the links of a filter, those of an issue whichever of its keys they have. */
async function chosenLinks(
  database: Queries,
  applicationId: string,
  { issueKey, remoteKey }: LinkFilter,
): Promise<Prisma.Sql> {
  const keys = issueKey && (await keysOfIssue(database, applicationId, issueKey))
  const issue = keys && (keys.length === 1 ? Prisma.sql`issue_key = ${keys[0]}` : Prisma.sql`issue_key = ANY (${keys})`)
  const object = remoteKey === undefined ? undefined : Prisma.sql`remote_key = ${remoteKey}`
  return Prisma.join(
    [Prisma.sql`application_id = ${applicationId}`, issue, object].filter(one => one !== undefined),
    ' AND ',
  )
}

/** How many links of an application match the filter, counted up to `most`. */
export async function countLinks(
  database: Queries,
  applicationId: string,
  filter: LinkFilter,
  most?: number,
): Promise<number> {
  const chosen = await chosenLinks(database, applicationId, filter)
  const upTo = most === undefined ? Prisma.empty : Prisma.sql`LIMIT ${most}`
  const [counted] = await database.$queryRaw<[{ links: number }]>`
    SELECT count(*)::int AS links FROM (SELECT FROM link WHERE ${chosen} ${upTo}) AS counted`
  return counted.links
}

/** Whether a link is stored under any of these keys, exactly as they are. */
export async function hasLinks(
  database: Queries,
  applicationId: string,
  keys: { issueKeys: readonly IssueKey[] } | { remoteKeys: readonly RemoteKey[] },
): Promise<boolean> {
  const chosen =
    'issueKeys' in keys
      ? Prisma.sql`issue_key = ANY (${keys.issueKeys})`
      : Prisma.sql`remote_key = ANY (${keys.remoteKeys})`
  const [answer] = await database.$queryRaw<[{ found: boolean }]>`
    SELECT EXISTS (SELECT FROM link WHERE application_id = ${applicationId} AND ${chosen}) AS found`
  return answer.found
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
