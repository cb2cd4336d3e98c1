import { checkObjectInfo } from '../../application-calls/check-object-info.ts'
import { readJson } from '../../application-calls/read-answer.ts'
import { type ObjectInfo, objectInfoJson } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'

/** What of a card Tracker does not take, a line each, as it stands in the answer. */
export function cardFaults(info: ObjectInfo, key: RemoteKey): string[] {
  const read = readJson(Buffer.from(objectInfoJson(info)))
  const findings =
    'fault' in read ? [{ level: 'error', field: 'body', rule: read.fault }] : checkObjectInfo(read.value, key)
  return findings.filter(({ level }) => level === 'error').map(({ field, rule }) => `\`${field}\` ${rule}`)
}
