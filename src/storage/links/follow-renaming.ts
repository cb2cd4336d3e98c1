import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { withConflictRetry } from '../database/connection/database-problem.ts'
import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkKeys } from './link-keys.ts'
import { type Moving, moveLinks } from './move-links.ts'

/** Former keys of objects that were renamed, and the present key of each. */
export type Renamed = Record<string, RemoteKey>

/** Whoever reads the events sees that Tracker did not make the link of the present key: the mirror then makes it there. */
const renamer = { kind: 'application', login: 'rename' } as const

/**
 * SQL for the `Renamed` among the keys of a statement, as JSON, or null; its parameters are those of `valuesOf`. Only Tracker links
 * issues to former keys; whoever has none pays for a look.
 */
export const renamedAmong = `(
    SELECT jsonb_object_agg(alias, remote_key)::text FROM object_alias
    WHERE $4::text IN ('tracker', 'user')
      AND EXISTS (SELECT FROM object_alias WHERE application_id = $1)
      AND application_id = $1 AND alias = ANY ($3::text[])
  )`

/**
 * Tracker linked issues to former keys of objects: the links move to the present keys, as they did when the objects were renamed.
 * So the events tell what Tracker has, and what it has not.
 */
export async function followRenaming(
  prisma: Queries,
  applicationId: string,
  links: readonly LinkKeys[],
  renamed: Renamed,
): Promise<void> {
  for (const from of Object.keys(renamed) as RemoteKey[]) {
    const keys = links.filter(({ remoteKey }) => remoteKey === from).map(({ issueKey }) => issueKey)
    // A link of a moved issue is stored under its present key.
    const issues = Prisma.sql`(issue_key = ANY (${keys}::text[]) OR issue_key IN (
      SELECT issue_key FROM issue_alias WHERE application_id = ${applicationId} AND alias = ANY (${keys}::text[])))`
    await moveToPresentKey(prisma, applicationId, { from, actor: renamer, issues })
  }
}

/**
 * Moves links of a former key to the key that its object has now; none if the former key leads nowhere any more. The alias stays as it
 * is until they have moved: a renaming that changes it ends later, and then finds them.
 */
export function moveToPresentKey(
  prisma: Queries,
  applicationId: string,
  { from, actor, issues }: Omit<Moving, 'to'>,
): Promise<void> {
  const move = async (tx: Queries) => {
    const [alias] = await tx.$queryRaw<{ to: RemoteKey }[]>`
      SELECT remote_key AS to FROM object_alias WHERE application_id = ${applicationId} AND alias = ${from} FOR SHARE`
    if (alias !== undefined) await moveLinks(tx, applicationId, { from, to: alias.to, actor, issues })
  }
  return withConflictRetry(() => prisma.$transaction(move))
}
