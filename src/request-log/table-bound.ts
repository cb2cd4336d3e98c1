import { type CallTable, reuseRoom, trimCalls } from '../storage/calls/trim-calls.ts'
import type { Queries } from '../storage/database/queries.ts'

/** What keeps the table of calls as small as it may be: what was written and removed since somebody looked. */
export type TableBound = {
  /** Records written since the oldest were removed, by application. */
  written: Map<string, number>
  removed: number
  table: CallTable
  /** Set while the oldest records cannot be removed, or their room not be used again: until when nothing is written. */
  restsUntil: number
}

export const tableBound = (): TableBound => ({
  written: new Map(),
  removed: 0,
  table: { rows: 0, bytes: 0 },
  restsUntil: -Infinity,
})

/** The part of the table by which it may exceed its bound before something is removed, and before its room is used again. */
const share = 0.01
/** Bytes that a table may have for each of its records, and besides. */
const room = { ofRecord: 2_048, besides: 8 * 1024 * 1024 }
/** Milliseconds of a rest. */
const rest = 10_000

type Bounded = { database: Queries; bound: TableBound; most: () => number }

/** Whether records may be written: the table is not larger than it may be, as far as is known. */
export const hasRoom = ({ bound }: Bounded): boolean => performance.now() >= bound.restsUntil

/** Removes the oldest records of the applications that have too many, after so many were written. Throws what the driver throws. */
export async function keepBounded(bounded: Bounded, written: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
  const { database, bound, most } = bounded
  const limit = most()
  // Until all is done the table counts as too large.
  const wasResting = bound.restsUntil !== -Infinity
  bound.restsUntil = performance.now() + rest
  for (const [id, { length }] of written) {
    // The first time at once: nobody knows what others have written.
    bound.written.set(id, (bound.written.get(id) ?? Infinity) + length)
    if ((bound.written.get(id) as number) < limit * share) continue
    bound.removed += await trimCalls(database, id, limit)
    bound.written.set(id, 0)
  }
  if (wasResting || bound.removed > Math.max(limit, bound.table.rows) * share) {
    bound.table = await reuseRoom(database)
    bound.removed = 0
  }
  const { rows, bytes } = bound.table
  if (bytes <= rows * room.ofRecord + room.besides) bound.restsUntil = -Infinity
}
