import type { FastifyRequest } from 'fastify'
import { shownHeaders } from '../request-log/shown-headers.ts'
import { shownPath } from '../request-log/shown-path.ts'
import type { NewCallRecord } from '../storage/calls/write-calls.ts'
import type { TrackerCall } from '../tracker-contract/tracker-call.ts'
import type { AddressBook } from './addresses/address-book.ts'
import { type CallKeys, mostKeys } from './call-keys.ts'

/** Characters of a key. */
const mostCharacters = 255

/** What a body says may be of any length, and malformed. */
const textOf = (key: string) => key.slice(0, 2 * mostCharacters).toWellFormed()

type Seen = { call: TrackerCall | undefined; keys: CallKeys; addresses: AddressBook }

/** What the request log keeps of a call. */
export function recordOf(
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
