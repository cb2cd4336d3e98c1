import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Queries } from '../database/queries.ts'
import { type CallStretch, callsSince } from './call-stretch.ts'

/** The calls, of these keys or of all, that got no card of a source or an old one since the last that got a young one. */
export const shownWithoutCard = (
  database: Queries,
  applicationId: string,
  keys?: readonly RemoteKey[],
): Promise<CallStretch | undefined> => {
  const cards = {
    applicationId,
    call: 'entityInfo',
    ...(keys && { remoteKeys: { hasSome: [...keys] } }),
  }
  return callsSince(database, {
    these: { ...cards, OR: [{ source: 'lastGood' }, { code: { startsWith: 'source-' } }] },
    others: { ...cards, source: { in: ['memory', 'database', 'source'] } },
  })
}

/** The object of the last call that got a card. */
export async function lastShownObject(database: Queries, applicationId: string): Promise<RemoteKey | undefined> {
  const call = await database.callRecord.findFirst({
    where: { applicationId, call: 'entityInfo', status: { lt: 400 }, taken: { not: null } },
    orderBy: { at: 'desc' },
    select: { taken: true },
  })
  return (call?.taken ?? undefined) as RemoteKey | undefined
}

/** The creations that were refused because an object does not exist, since the last one that was not. */
export const refusedCreations = (
  database: Queries,
  applicationId: string,
  filter: { issueKey?: IssueKey; remoteKey?: RemoteKey },
): Promise<CallStretch | undefined> => {
  const { issueKey, remoteKey } = filter
  const creations = {
    applicationId,
    call: 'createLink',
    ...(issueKey !== undefined && { issueKey }),
    ...(remoteKey !== undefined && { remoteKeys: { has: remoteKey } }),
  }
  return callsSince(database, {
    these: { ...creations, code: 'objects-unknown' },
    others: { ...creations, code: null },
  })
}
