import type { Queries } from '../database/queries.ts'
import { type CallStretch, callsSince } from './call-stretch.ts'

/** Why a call is refused by its token. */
const refusals = ['token-missing', 'token-unknown', 'caller-not-allowed', 'verifier-away']

/** The calls that were refused by their token since the last one whose token was accepted. */
export const refusedByToken = (database: Queries, applicationId: string): Promise<CallStretch | undefined> =>
  callsSince(database, {
    these: { applicationId, ...readsToken, code: { in: refusals } },
    others: { applicationId, ...readsToken, OR: [{ code: null }, { code: { notIn: refusals } }] },
  })

/** Triggers have a token of their own, and their calls no scheme here. */
const readsToken = { scheme: { not: null } }

/** Which token of the configured list, from 1, the last calls presented: at most `limit` since a moment, the latest first. */
export async function presentedTokens(
  database: Queries,
  applicationId: string,
  { since, limit }: { since: Date; limit: number },
): Promise<{ at: Date; place: number }[]> {
  const rows = await database.callRecord.findMany({
    where: { applicationId, at: { gte: since }, tokenPlace: { not: null } },
    orderBy: { at: 'desc' },
    take: limit,
    select: { at: true, tokenPlace: true },
  })
  return rows.map(({ at, tokenPlace }) => ({ at, place: tokenPlace as number }))
}
