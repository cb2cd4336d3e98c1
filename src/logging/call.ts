import { AsyncLocalStorage } from 'node:async_hooks'
import { randomFillSync } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A call, as its log records name it; a request of Fastify is one. */
export type Call = { id: string; headers: IncomingHttpHeaders; traceId?: string | undefined }

// 96 random bits of the system's generator for each id: nobody can guess that of another call, nor tell from two how many calls
// came between. Drawn for 512 at once, so that an id costs a piece of a text; a random UUID takes four times as long.
const idBytes = 12
const idCharacters = (idBytes * 4) / 3
const drawn = Buffer.alloc(512 * idBytes)
let ids = ''
let next = 0

/** The id of a call: unique over ports, restarts and replicas. */
export function newRequestId(): string {
  if (next === ids.length) {
    ids = randomFillSync(drawn).toString('base64url')
    next = 0
  }
  next += idCharacters
  return ids.slice(next - idCharacters, next)
}

/** Whether a text has the form of our ids. */
export const isRequestId = (text: string): boolean => requestId.test(text)
const requestId = new RegExp(`^[\\w-]{${idCharacters}}$`)

/** What every record of a call has: our id, and beside it the one that the caller sent, which is never trusted. */
export function callFields({ id, headers, traceId }: Call): CallFields {
  const callers = callerRequestId(headers)
  const fields = callers === undefined ? { requestId: id } : { requestId: id, callerRequestId: callers }
  return traceId === undefined ? fields : { ...fields, trace_id: traceId }
}

/** `trace_id` is OpenTelemetry's own name for it in a log. */
type CallFields = { requestId: string; callerRequestId?: string; trace_id?: string }

const mostCharacters = 128

/** The caller's own `X-Request-Id`: at most 128 characters of it, with `?` for each that is not visible ASCII. */
export function callerRequestId(headers: IncomingHttpHeaders): string | undefined {
  const sent = headers['x-request-id']
  // Empty is nothing.
  if (!sent) return undefined
  return String(sent)
    .slice(0, mostCharacters)
    .replace(/[^\x21-\x7e]/g, '?')
}

const current = new AsyncLocalStorage<Call>()

/**
 * Does a piece of work for a call: the records that are written in it have the fields of the call, however deep. What several
 * calls wait for has those of the first. Not for what is answered from memory: entering takes longer than finding a card.
 */
export const inCall = <T>(call: Call | undefined, work: () => T): T =>
  call === undefined ? work() : current.run(call, work)

/** For what outlives the call in which it began, such as a connection of a pool. */
export const outsideCalls = <T>(work: () => T): T => current.exit(work)

/** The fields of the call whose work this is, if any. */
export function currentCallFields(): object {
  const call = current.getStore()
  return call === undefined ? {} : callFields(call)
}
