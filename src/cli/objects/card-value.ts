import '../../tracker-contract/json-digits.ts'
import { type ObjectInfo, objectInfoJson } from '../../tracker-contract/object-info.ts'

/** The card as Tracker gets it, as a value that `JSON.stringify` writes with every digit of its uids. */
export function cardValue(info: ObjectInfo): unknown {
  return JSON.parse(objectInfoJson(info), (_name, value, { source }) =>
    typeof value === 'number' ? JSON.rawJSON(source as string) : value,
  )
}
