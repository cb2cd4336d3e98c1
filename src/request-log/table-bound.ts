import { type CallTable, reuseRoom, trimCalls } from '../storage/calls/trim-calls.ts'
import { isDatabaseAway } from '../storage/database/connection/database-problem.ts'
import type { Queries } from '../storage/database/queries.ts'

/** What keeps the table of calls as small as it may be: what was written and removed since somebody looked. */
export type TableBound = {
  /** Records written since the oldest were removed, by application. */
  written: Map<string, number>
  removed: number
  table: CallTable
  /** Set while the oldest records cannot be removed, or their room not be used again: until when nothing is written. */
  restsUntil: number
  /** The oldest records could not be removed the last time: they go before anything else is written. */
  isOverdue: boolean
}

export const tableBound = (): TableBound => ({
  written: new Map(),
  removed: 0,
  table: { rows: 0, bytes: 0 },
  restsUntil: -Infinity,
  isOverdue: false,
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
 * Before others are written: removes what could not be removed the last time, and gives room back that removed records had. Throws
 * what the driver throws; then nothing is written for a while, unless the database itself is away.
 */
export async function makeRoom(bounded: Bounded): Promise<void> {
  const { database, bound, most } = bounded
  const isResting = bound.restsUntil !== -Infinity
  if (bound.isOverdue) await orRest(bound, () => removeOldest(bounded))
  if (!isResting && bound.removed <= Math.max(most(), bound.table.rows) * share) return
  await orRest(bound, async () => {
    bound.table = await reuseRoom(database)
    bound.removed = 0
  })
  const { rows, bytes } = bound.table
  bound.restsUntil = bytes <= rows * room.ofRecord + room.besides ? -Infinity : performance.now() + rest
}

/** Removes the oldest records of the applications that have too many, after so many were written. Throws as `makeRoom` does. */
export async function keepBounded(bounded: Bounded, written: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
  const { bound } = bounded
  // The first time at once: nobody knows what others have written.
  for (const [id, { length }] of written) bound.written.set(id, (bound.written.get(id) ?? Infinity) + length)
  await orRest(bound, () => removeOldest(bounded))
}

/** Until the work is done the table counts as too large. One that is away takes no records either: they wait, and none is left out. */
async function orRest(bound: TableBound, work: () => Promise<void>): Promise<void> {
  const before = bound.restsUntil
  bound.restsUntil = performance.now() + rest
  try {
    await work()
  } catch (error) {
    if (isDatabaseAway(error)) bound.restsUntil = before
    throw error
  }
  bound.restsUntil = before
}

async function removeOldest({ database, bound, most }: Bounded): Promise<void> {
  const limit = most()
  const kept = limit - Math.min(ahead.records, Math.floor(limit * ahead.share))
  const onStep = (removed: number) => {
    bound.removed += removed
  }
  bound.isOverdue = true
  for (const [id, count] of bound.written) {
    if (count < limit * share) continue
    // Where another server is at it, the next batch looks again.
    if (await trimCalls(database, id, { most: kept, onStep })) bound.written.set(id, 0)
  }
  bound.isOverdue = false
}
