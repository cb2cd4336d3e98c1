import type { Queries } from '../database/queries.ts'
import type { Prisma } from '../prisma-client/client.ts'
import type { CallRecordModel } from '../prisma-client/models.ts'

/** A call of the request log. */
export type CallRecord = CallRecordModel

/** Records of this application id are of calls to addresses that no application has. */
export const ofNobody = ''

/** Which calls are meant; left out: all. */
export type CallFilter = {
  issueKey?: string
  /** One of the first remote keys of the call, or the one that was taken. */
  remoteKey?: string
  call?: string
  code?: string
  /** The lowest and the highest status. */
  statusFrom?: number
  statusTo?: number
  since?: Date
  until?: Date
}

/** The place of a call in the list, the latest first. */
export type CallPlace = { at: Date; requestId: string }

/** Calls of an application, the latest first: at most `limit` of those that follow `after`, or of the first `skip`. */
export function listCalls(
  database: Queries,
  applicationId: string,
  filter: CallFilter,
  { after, skip, limit }: { after?: CallPlace; skip?: number; limit: number },
): Promise<CallRecord[]> {
  return database.callRecord.findMany({
    where: {
      AND: [
        whereOf(applicationId, filter),
        after === undefined
          ? {}
          : { at: { lte: after.at }, OR: [{ at: { lt: after.at } }, { requestId: { lt: after.requestId } }] },
      ],
    },
    orderBy: [{ at: 'desc' }, { requestId: 'desc' }],
    take: limit,
    ...(skip !== undefined && { skip }),
  })
}

/** How many calls match, counted up to `most`. */
export const countCalls = (
  database: Queries,
  applicationId: string,
  filter: CallFilter,
  most?: number,
): Promise<number> =>
  database.callRecord.count({ where: whereOf(applicationId, filter), ...(most !== undefined && { take: most }) })

/** The call of a request id, if the request log of the application has it. */
export async function findCall(
  database: Queries,
  applicationId: string,
  requestId: string,
): Promise<CallRecord | undefined> {
  const found = await database.callRecord.findFirst({ where: { applicationId, requestId } })
  return found ?? undefined
}

function whereOf(applicationId: string, filter: CallFilter): Prisma.CallRecordWhereInput {
  const { issueKey, remoteKey, call, code, statusFrom, statusTo, since, until } = filter
  return {
    applicationId,
    ...(issueKey !== undefined && { issueKey }),
    ...(remoteKey !== undefined && { OR: [{ remoteKeys: { has: remoteKey } }, { taken: remoteKey }] }),
    ...(call !== undefined && { call }),
    ...(code !== undefined && { code }),
    ...((statusFrom ?? statusTo) !== undefined && {
      status: {
        ...(statusFrom !== undefined && { gte: statusFrom }),
        ...(statusTo !== undefined && { lte: statusTo }),
      },
    }),
    ...((since || until) && { at: { ...(since && { gte: since }), ...(until && { lt: until }) } }),
  }
}
