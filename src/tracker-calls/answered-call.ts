import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Application } from '../config/schema.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { callerRequestId } from '../logging/call.ts'
import { createCallLog } from '../logging/call-log.ts'
import type { Logger } from '../logging/logger.ts'
import type { CallCounts } from '../metrics/call-counts.ts'
import { type CallRecorder, recordCall, takesCard, takesRefused } from '../request-log/call-recorder.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import type { AddressBook } from './addresses/address-book.ts'
import { calledOf, keysFor } from './call-keys.ts'
import { createCounting } from './counted-calls.ts'
import { recordOf } from './recorded-call.ts'
import { type SightedCalls, sightingOf } from './sighted-calls.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** When it came, in milliseconds of `performance`. */
    began: number
    /** Why it was answered with an error; `isLogged`: whether it has records of its own, see slow-refusals.ts. */
    refusal: { code: ErrorCode; isLogged: boolean; tokenIn: readonly string[] } | undefined
  }
}

type Options = {
  log: Logger
  recorder: CallRecorder
  addresses: AddressBook
  applications: ReadonlyMap<string, Application>
  counts: CallCounts | undefined
  sighted: SightedCalls | undefined
}

/** What is noted of a call once it is answered: a line in the log, and a record in the request log. */
export function createAnsweredCalls({ log, recorder, addresses, applications, counts, sighted }: Options) {
  const logCall = createCallLog(log)
  const count = counts && createCounting(counts, applications)
  if (sighted !== undefined) sighted.brokenOff = noteBrokenOff({ recorder, addresses, sighted })
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const { refusal, admission, method } = request
    const { statusCode: status } = reply
    const milliseconds = performance.now() - request.began
    count?.(request, status, milliseconds)
    const application = admission?.application
    const call = calledOf(request)
    const isShed = call === 'entityInfo' && refusal?.code === 'overloaded'
    // Those are counted, see Problem and slow-refusals.ts. Of cards that there was no time for the request log tells all the same.
    if (status === 429 || (refusal?.isLogged === false && !isShed)) return
    const keys = keysFor(request, call)
    const actor = admission?.actor?.kind === 'user' ? admission.actor : undefined
    if (!isShed)
      logCall({
        requestId: request.id,
        callerRequestId: callerRequestId(request.headers),
        trace_id: request.traceId,
        method,
        status,
        ms: Math.round(milliseconds),
        application: application?.id,
        actor,
        call,
        issueKey: keys.issueKey,
        remoteKey: keys.taken ?? keys.remoteKeys[0],
        code: refusal?.code,
      })
    const sighting = sighted && sightingOf(sighted, request, reply, { call, keys })
    if (recorder.most() === 0 && sighting === undefined) return
    const kind = isShed ? 'refused' : kindOf(call, status, admission?.source)
    if (kind !== undefined && !takes(recorder, kind, (application as { id: string }).id, refusal?.code)) return
    const record = recordOf(request, status, milliseconds, { call, keys, addresses })
    if (sighting !== undefined) record.sighting = sighting
    recordCall(recorder, record, kind)
  }
}

/** Cards of which there may be a flood, and one is like the other. */
function kindOf(call: TrackerCall | undefined, status: number, source: string | undefined) {
  if (status < 400) return source === 'memory' ? ('card' as const) : undefined
  return call === 'entityInfo' && (status === 400 || status === 404) ? ('refused' as const) : undefined
}

const takes = (recorder: CallRecorder, kind: 'card' | 'refused', applicationId: string, code = ''): boolean =>
  kind === 'card' ? takesCard(recorder, applicationId) : takesRefused(recorder, applicationId, code)

/** A caller that breaks off has no answer, and a sighting all the same. */
const noteBrokenOff =
  ({ recorder, addresses, sighted }: { recorder: CallRecorder; addresses: AddressBook; sighted: SightedCalls }) =>
  (request: FastifyRequest, reply: FastifyReply): void => {
    const call = calledOf(request)
    const called = { call, keys: keysFor(request, call) }
    const sighting = sightingOf(sighted, request, reply, called)
    if (sighting === undefined) return
    const record = recordOf(request, reply.statusCode, sighting.milliseconds, { ...called, addresses })
    recordCall(recorder, { ...record, sighting, isOnlySighted: true })
  }
