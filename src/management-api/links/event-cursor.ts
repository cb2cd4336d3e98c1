import type { FeedPlace } from '../../storage/links/link-feed.ts'
import { readCursor, writeCursor } from '../cursor.ts'

/** A cursor of an application's change feed: behind an event, or at the beginning. */
export function eventCursor(applicationId: string, place: FeedPlace | undefined): string {
  return writeCursor(nameOf(applicationId), place ? [place.id.toString(), place.occurredAt.toISOString()] : [])
}

/** The place of a cursor; undefined if it is no cursor of this feed. */
export function placeOf(applicationId: string, cursor: string): { place: FeedPlace | undefined } | undefined {
  const keys = readCursor(nameOf(applicationId), cursor)
  if (keys?.length === 0) return { place: undefined }
  const [id = '', moment = ''] = keys ?? []
  const number = eventIdOf(id)
  const occurredAt = new Date(moment)
  return number === undefined || keys?.length !== 2 || Number.isNaN(occurredAt.getTime())
    ? undefined
    : { place: { id: number, occurredAt } }
}

/** The event id in a text; undefined if the database could hold no such id. */
export function eventIdOf(text: string): bigint | undefined {
  return /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n ? BigInt(text) : undefined
}

const nameOf = (applicationId: string) => `events ${applicationId}`
