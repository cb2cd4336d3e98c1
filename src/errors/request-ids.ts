import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

// The id of a call joins its records and its answer, and those of whoever else noted it.

/** The header of an answer that holds its id; callers may send one of their own under the same name. */
export const requestIdHeader = 'x-request-id'

/** A new id. Random, so that no restart, replica or other port repeats one. */
export const newRequestId = (): string => randomUUID()

/** Characters of a caller's id that are noted. */
const longestGiven = 128

/**
 * What the caller, or a proxy, sent as its own id: noted beside ours and not trusted, since it may be anything and the same for all
 * calls. What JSON would have to escape is written as `?`.
 */
export function givenIdOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers[requestIdHeader]
  return given === undefined
    ? undefined
    : String(given)
        .slice(0, longestGiven)
        .replaceAll(/[^!#-[\]-~]/g, '?')
}

/** The ids of a call, for its records. */
export function idsOf({ id, headers }: { id: string; headers: IncomingHttpHeaders }): {
  requestId: string
  givenId?: string
} {
  const givenId = givenIdOf(headers)
  return givenId === undefined ? { requestId: id } : { requestId: id, givenId }
}
