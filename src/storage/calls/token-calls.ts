import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import { type CallStretch, callsSince } from './call-stretch.ts'
import { type CallerCalls, callersOf } from './caller-calls.ts'

/** Why a call is refused by its token, and why nobody can say. */
const ofCaller = ['token-missing', 'token-unknown', 'caller-not-allowed']
const noVerdict = 'verifier-away'

/** Who was refused by its token, and who was let in. Triggers have a token of their own, and their calls no scheme here. */
export const callersByToken = (database: Queries, applicationId: string): Promise<CallerCalls[]> => {
  const own = Prisma.sql`application_id = ${applicationId} AND scheme IS NOT NULL`
  return callersOf(database, {
    bad: Prisma.sql`${own} AND code = ANY (${ofCaller})`,
    good: Prisma.sql`${own} AND (code IS NULL OR code <> ALL (${[...ofCaller, noVerdict]}))`,
  })
}

/** The calls on whose tokens the verifier gave no verdict, since the last verdict: whoever calls, it is not the caller. */
export const withoutVerdict = (database: Queries, applicationId: string): Promise<CallStretch | undefined> => {
  const own = { applicationId, scheme: { not: null } }
  return callsSince(database, {
    these: { ...own, code: noVerdict },
    others: { ...own, OR: [{ code: null }, { code: { notIn: [noVerdict, 'token-missing'] } }] },
  })
}

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
