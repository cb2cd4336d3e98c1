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

/** The part of the bound after which something is removed, and after which the room of what was removed is used again. */
const share = 0.01
/** The part, and the records at most, that go so that the next ones find their room. */
const ahead = { share: 0.025, records: 500 }
/** Bytes that a table may have for each of its records, and besides. */
const room = { ofRecord: 2_048, besides: 8 * 1024 * 1024 }
/** Milliseconds of a rest. */
const rest = 10_000

type Bounded = { database: Queries; bound: TableBound; most: () => number }

/** Whether records may be written: the table is not larger than it may be, as far as is known. */
export const hasRoom = ({ bound }: Bounded): boolean => performance.now() >= bound.restsUntil

/**
 * Gives room back that removed records had, before others are written. Throws what the driver throws; then nothing is written for a
 * while, unless the database itself is away.
 */
export async function reuseRemoved({ database, bound, most }: Bounded): Promise<void> {
  const isResting = bound.restsUntil !== -Infinity
  if (!isResting && bound.removed <= Math.max(most(), bound.table.rows) * share) return
  await orRest(bound, async () => {
    bound.table = await reuseRoom(database)
    bound.removed = 0
  })
  const { rows, bytes } = bound.table
  bound.restsUntil = bytes <= rows * room.ofRecord + room.besides ? -Infinity : performance.now() + rest
}

/** Removes the oldest records of the applications that have too many, after so many were written. Throws as `reuseRemoved` does. */
export const keepBounded = (bounded: Bounded, written: ReadonlyMap<string, readonly unknown[]>): Promise<void> =>
  orRest(bounded.bound, () => removeOldest(bounded, written))

/** Until the work is done the table counts as too large. */
async function orRest(bound: TableBound, work: () => Promise<void>): Promise<void> {
  const before = bound.restsUntil
  bound.restsUntil = performance.now() + rest
  try {
    await work()
  } catch (error) {
    if (isDatabaseOut(error)) bound.restsUntil = before
    throw error
  }
  bound.restsUntil = before
}

async function removeOldest({ database, bound, most }: Bounded, written: ReadonlyMap<string, readonly unknown[]>) {
  const limit = most()
  const kept = limit - Math.min(ahead.records, Math.floor(limit * ahead.share))
  for (const [id, { length }] of written) {
    // The first time at once: nobody knows what others have written.
    bound.written.set(id, (bound.written.get(id) ?? Infinity) + length)
    if ((bound.written.get(id) as number) < limit * share) continue
    bound.removed += await trimCalls(database, id, kept)
    bound.written.set(id, 0)
  }
}
