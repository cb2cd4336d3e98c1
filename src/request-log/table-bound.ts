import { type CallTable, reuseRoom, trimCalls } from '../storage/calls/trim-calls.ts'
import { isDatabaseOut } from '../storage/database/connection/database-problem.ts'
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

/**
 * Removes the oldest records of the applications that will have too many, before so many are written: what they leave is used for
 * those. Throws what the driver throws; then nothing is written for a while, unless the database itself is away.
 */
export async function makeRoom(bounded: Bounded, next: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
  const { bound } = bounded
  // Until all is done the table counts as too large.
  const wasResting = bound.restsUntil !== -Infinity
  bound.restsUntil = performance.now() + rest
  try {
    await removeOldest(bounded, next)
    if (wasResting || bound.removed > Math.max(bounded.most(), bound.table.rows) * share) {
      bound.table = await reuseRoom(bounded.database)
      bound.removed = 0
    }
  } catch (error) {
    if (isDatabaseOut(error) && !wasResting) bound.restsUntil = -Infinity
    throw error
  }
  const { rows, bytes } = bound.table
  if (bytes <= rows * room.ofRecord + room.besides) bound.restsUntil = -Infinity
}

async function removeOldest({ database, bound, most }: Bounded, next: ReadonlyMap<string, readonly unknown[]>) {
  const limit = most()
  for (const [id, { length }] of next) {
    // The first time at once: nobody knows what others have written.
    const written = (bound.written.get(id) ?? Infinity) + length
    bound.written.set(id, written)
    if (written < limit * share) continue
    bound.removed += await trimCalls(database, id, Math.max(limit - length, 0))
    bound.written.set(id, 0)
  }
}
