import type { FastifyRequest } from 'fastify'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import { callOfMethod } from './addresses/call-of-method.ts'
import type { Admission } from './admission.ts'

/** The keys of a call as far as they are known. */
export type CallKeys = {
  issueKey: string | undefined
  remoteKeys: readonly string[]
  count: number
  taken: string | undefined
}

/** Keys of a record. */
export const mostKeys = 3

/** Two functions, so that no object is made for each call. A trigger has an application, and none of the calls' addresses. */
export const calledOf = ({ admission, method }: FastifyRequest): TrackerCall | undefined =>
  admission?.match === undefined ? undefined : callOfMethod[method]

export const keysFor = (request: FastifyRequest, call: TrackerCall | undefined): CallKeys =>
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
