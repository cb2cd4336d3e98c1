import type { TrackerCall } from '../../tracker-contract/tracker-call.ts'
import type { Queries } from '../database/queries.ts'
import { Prisma } from '../prisma-client/client.ts'
import { type CallerCalls, callersOf } from './caller-calls.ts'
import { ofNobody } from './list-calls.ts'

const methods = {
  entityInfo: ['GET', 'HEAD'],
  createLink: ['POST'],
  removeLink: ['DELETE'],
} as const satisfies Record<TrackerCall, readonly string[]>

/** Who called an address that nobody has, from a moment on, and probably meant one of these templates; and whose such calls came here. */
export const callersByAddress = (
  database: Queries,
  applicationId: string,
  { call, templates, since }: { call: TrackerCall; templates: readonly string[]; since: Date },
): Promise<CallerCalls[]> =>
  callersOf(database, {
    bad: Prisma.sql`application_id = ${ofNobody} AND at >= ${since} AND nearest = ANY (${[...templates]}::text[])
      AND method = ANY (${[...methods[call]]}::text[])`,
    good: Prisma.sql`application_id = ${applicationId} AND call = ${call}`,
  })
