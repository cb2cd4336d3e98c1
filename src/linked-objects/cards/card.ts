import { hash } from 'node:crypto'
import { type ObjectInfo, objectInfoJson } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'

/**
 * A card ready to be sent: as text, which Node writes together with the headers, while bytes would be a write of their own.
 * `age` is for a last good card: whole seconds since it was known to be true. A card that is true now has none. `isStored`: the
 * database has it.
 */
export type Card = { json: string; etag: string; age?: number; isStored?: boolean }

export function createCard(info: ObjectInfo): Card {
  const json = objectInfoJson(info)
  return { json, etag: etagOf(json) }
}

/**
 * A card that may no longer be true, marked as of a moment `age` milliseconds ago, behind the description of its status. A card
 * without a status stays as it is, and only the header tells its age: an invented status would be taken for the object's own.
 */
export function markedCard({ json, etag }: Card, age: number): Card {
  const seconds = Math.max(0, Math.round(age / 1_000))
  // `status` and what stands before it are texts, so parsing and writing them loses nothing. Uids, which would, come behind it.
  const { key, summary, iconUrl, status } = JSON.parse(json) as ObjectInfo
  if (status === undefined) return { json, etag, age: seconds }
  const written = JSON.stringify({ key, summary, iconUrl, status })
  const mark = `as of ${new Date(Date.now() - age).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const description = status.description === undefined ? mark : `${status.description} (${mark})`
  const start = JSON.stringify({ key, summary, iconUrl, status: { name: status.name, description } })
  const marked = start.slice(0, -1) + json.slice(written.length - 1)
  return { json: marked, etag: etagOf(marked), age: seconds }
}

/** The same card under another key. The key is the first field, so the text from its end on stays as it is, uids included. */
export function cardUnderKey(card: Card, key: RemoteKey): Card {
  const { key: own } = JSON.parse(card.json) as ObjectInfo
  const json = JSON.stringify({ key }).slice(0, -1) + card.json.slice(JSON.stringify({ key: own }).length - 1)
  return { json, etag: etagOf(json), ...(card.age !== undefined && { age: card.age }) }
}

/** Sixty bits tell the states of one object apart. V8 keeps a text so short as one piece. */
const etagOf = (json: string) => `"${hash('sha1', json, 'base64url').slice(0, 10)}"`
