import type { TrackerCall } from '../../tracker-contract/tracker-call.ts'
import type { Queries } from '../database/queries.ts'
import { type CallStretch, callsSince } from './call-stretch.ts'
import { ofNobody } from './list-calls.ts'

const methods = {
  entityInfo: ['GET', 'HEAD'],
  createLink: ['POST'],
  removeLink: ['DELETE'],
} as const satisfies Record<TrackerCall, readonly string[]>

/**
 * Calls to addresses that nobody has, from a moment on, which were probably meant for one of these templates, since the last such
 * call that reached the application.
 */
export const strayCalls = (
  database: Queries,
  applicationId: string,
  { call, templates, since }: { call: TrackerCall; templates: readonly string[]; since: Date },
): Promise<CallStretch | undefined> =>
  callsSince(database, {
    these: {
      applicationId: ofNobody,
      at: { gte: since },
      nearest: { in: [...templates] },
      method: { in: [...methods[call]] },
    },
    others: { applicationId, call },
  })
