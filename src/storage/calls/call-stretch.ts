import type { Queries } from '../database/queries.ts'
import type { Prisma } from '../prisma-client/client.ts'
import type { CallRecord } from './list-calls.ts'

/** Calls that all ended alike, with no other in between: the latest ones. */
export type CallStretch = {
  first: Pick<CallRecord, 'at'>
  last: CallRecord
  calls: number
  /** When the last call before them was answered that ended otherwise. */
  otherwiseAt: Date | undefined
}

type Kind = Prisma.CallRecordWhereInput

/** The calls like `these` since the last one like `others`; undefined if there are none. */
export async function callsSince(
  database: Queries,
  { these, others }: { these: Kind; others: Kind },
): Promise<CallStretch | undefined> {
  const { callRecord } = database
  const other = await callRecord.findFirst({
    where: others,
    orderBy: { at: 'desc' },
    select: { at: true },
  })
  const where = { AND: [these, other ? { at: { gt: other.at } } : {}] }
  const last = await callRecord.findFirst({ where, orderBy: { at: 'desc' } })
  if (last === null) return undefined
  const [first, calls] = await Promise.all([
    callRecord.findFirst({ where, orderBy: { at: 'asc' } }),
    // Only cards from memory share records.
    callRecord.count({ where }),
  ])
  return { first: first ?? last, last, calls, otherwiseAt: other?.at }
}
