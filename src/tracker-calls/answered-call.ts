import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Application } from '../config/schema.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { callerRequestId } from '../logging/call.ts'
import { createCallLog } from '../logging/call-log.ts'
import type { Logger } from '../logging/logger.ts'
import {
  type ApplicationCounts,
  type CallCounts,
  countCall,
  countLatency,
  countOther,
  countsOf,
} from '../metrics/call-counts.ts'
import { type CallRecorder, recordCall, takesCard, takesRefused } from '../request-log/call-recorder.ts'
import { shownHeaders } from '../request-log/shown-headers.ts'
import { shownPath } from '../request-log/shown-path.ts'
import type { NewCallRecord } from '../storage/calls/write-calls.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import type { AddressBook } from './addresses/address-book.ts'
import { callOfMethod } from './addresses/call-of-method.ts'
import type { Admission } from './admission.ts'
import { type SightedCalls, sightingOf } from './sighted-calls.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** When it came, in milliseconds of `performance`. */
    began: number
    /** Why it was answered with an error; `isLogged`: whether it has records of its own, see slow-refusals.ts. */
    refusal: { code: ErrorCode; isLogged: boolean; tokenIn: readonly string[] } | undefined
  }
}

/** The keys of a call as far as they are known. */
type CallKeys = {
  issueKey: string | undefined
  remoteKeys: readonly string[]
  count: number
  taken: string | undefined
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
    // Those are counted, see Problem and slow-refusals.ts.
    if (status === 429 || refusal?.isLogged === false) return
    const application = admission?.application
    const call = calledOf(request)
    const keys = keysFor(request, call)
    const actor = admission?.actor?.kind === 'user' ? admission.actor : undefined
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
    const kind = kindOf(call, status, admission?.source)
    if (kind !== undefined && !takes(recorder, kind, (application as { id: string }).id, refusal?.code)) return
    const record = recordOf(request, status, milliseconds, { call, keys, addresses })
    if (sighting !== undefined) record.sighting = sighting
    recordCall(recorder, record, kind)
  }
}

/** Counts every answer, also those that have no line in the log; by the application itself, so that no text is looked up. */
function createCounting(counts: CallCounts, applications: ReadonlyMap<string, Application>) {
  const own = new Map<Application, ApplicationCounts>()
  for (const [id, application] of applications) own.set(application, countsOf(counts, id))
  return ({ admission, method }: FastifyRequest, status: number, milliseconds: number): void => {
    if (admission?.application === undefined) countOther(counts.unknown, status)
    else if (admission.match === undefined) countOther(counts.triggers, status)
    else {
      const call = callOfMethod[method] as TrackerCall
      const source = status < 400 ? (admission.source ?? '') : ''
      countCall(counts, own.get(admission.application) as ApplicationCounts, call, status, source)
      if (admission.actor !== undefined && status !== 429) countLatency(counts, call, source, milliseconds / 1_000)
    }
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

/** Two functions, so that no object is made for each call. A trigger has an application, and none of the calls' addresses. */
const calledOf = ({ admission, method }: FastifyRequest): TrackerCall | undefined =>
  admission?.match === undefined ? undefined : callOfMethod[method]

const keysFor = (request: FastifyRequest, call: TrackerCall | undefined): CallKeys =>
  call === undefined ? noKeys : keysOfCall(call, request)

type Noted = Partial<Admission<TrackerCall>>
const noKeys: CallKeys = { issueKey: undefined, remoteKeys: [], count: 0, taken: undefined }

/** The keys of a call that an application answers. */
export const keysOfCall = (call: TrackerCall, request: FastifyRequest): CallKeys =>
  keysOf[call](request, request.admission as Noted)

const keysOf: Record<TrackerCall, (request: FastifyRequest, admission: Noted) => CallKeys> = {
  entityInfo: (_request, { match, taken, source }) => {
    const remoteKeys = (match as Admission<'entityInfo'>['match']).keys ?? []
    // Only the first reading is looked for in memory.
    const found = source === 'memory' ? remoteKeys[0] : taken
    return { issueKey: undefined, remoteKeys, count: Math.min(remoteKeys.length, 1), taken: found }
  },
  createLink: ({ body }) => {
    const { issueKey, entityIds } = Object(body) as { issueKey?: unknown; entityIds?: unknown }
    const remoteKeys = Array.isArray(entityIds) ? entityIds.slice(0, mostKeys).filter(isText) : []
    const count = Array.isArray(entityIds) ? entityIds.length : 0
    return { issueKey: isText(issueKey) ? issueKey : undefined, remoteKeys, count, taken: undefined }
  },
  removeLink: (_request, { match, taken }) => {
    const links = (match as Admission<'removeLink'>['match']).links ?? []
    const link = links.find(({ remoteKey }) => remoteKey === taken) ?? links[0]
    const remoteKeys = links.slice(0, mostKeys).map(({ remoteKey }) => remoteKey)
    return { issueKey: link?.issueKey, remoteKeys, count: Math.min(remoteKeys.length, 1), taken }
  },
}

const isText = (value: unknown) => typeof value === 'string'

/** Keys of a record, and characters of each. */
const mostKeys = 3
const mostCharacters = 255

/** What a body says may be of any length, and malformed. */
const textOf = (key: string) => key.slice(0, 2 * mostCharacters).toWellFormed()

type Seen = { call: TrackerCall | undefined; keys: CallKeys; addresses: AddressBook }

function recordOf(
  { id, admission, refusal, method, headers, originalUrl }: FastifyRequest,
  status: number,
  milliseconds: number,
  { call, keys, addresses }: Seen,
): NewCallRecord {
  const { application, actor, source, scheme, tokenPlace } = admission ?? {}
  const isUnknown = application === undefined
  return {
    applicationId: application?.id ?? '',
    at: Date.now(),
    call: call ?? (isUnknown ? 'unknown' : 'trigger'),
    method,
    issueKey: keys.issueKey && textOf(keys.issueKey),
    remoteKeys: keys.remoteKeys.slice(0, mostKeys).map(textOf),
    remoteKeyCount: keys.count,
    taken: keys.taken,
    status,
    code: refusal?.code,
    milliseconds: Math.round(milliseconds * 100) / 100,
    source,
    actor: actor?.kind === 'user' ? { ...actor, uid: actor.uid?.toString() } : undefined,
    requestId: id,
    path: isUnknown ? shownPath(originalUrl) : undefined,
    nearest: isUnknown ? addresses.nearest(originalUrl) : undefined,
    headers: shownHeaders(headers),
    tokenIn: refusal?.tokenIn ?? [],
    scheme,
    tokenPlace,
    standsFor: 1,
  }
}
