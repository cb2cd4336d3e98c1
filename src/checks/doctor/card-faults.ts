import { checkObjectInfo } from '../../application-calls/check-object-info.ts'
import { readJson } from '../../application-calls/read-answer.ts'
import { type ObjectInfo, objectInfoJson } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'

/** What of a card Tracker does not take, or nobody could see, a line each, as it stands in the answer. */
export function cardFaults(info: ObjectInfo, key: RemoteKey): string[] {
  const read = readJson(Buffer.from(objectInfoJson(info)))
  if ('fault' in read) return [`the card ${read.fault}`]
  return checkObjectInfo(read.value, key)
    .filter(({ level, field }) => level === 'error' || seen.has(field))
    .map(({ field, rule }) => `\`${field}\` ${rule}`)
}

/** The documents do not say that these may not be blank. */
const seen = new Set(['summary', 'status.name', 'resolution.name'])
