import { fairTurns, type Turns } from '../storage/work/fair-turns.ts'
import { countPushes } from './objects/bulk/count-pushes.ts'

/**
 * The turns of API keys, by their ids. All that keys ask of the database takes one; that a caller is looked up and a change recorded
 * has a connection left.
 */
export type ManagementTurns = {
  /** For what an index finds, and for writes. */
  query: Turns
  /** For what may read a whole table. Takes a turn of `query` too. */
  scan: Turns
  /** For what may ask a source of objects, which Tracker's cards are waiting for, too. */
  source: Turns
  /** Bulk pushes, which take a turn for each batch. */
  pushes: ReturnType<typeof countPushes>
}

/** One less than the pool has connections: callers are looked up beside the turns. */
const queriesAtOnce = 3
/** A scan keeps a processor of the database busy. */
const scansAtOnce = 1
/** A source is asked for at most 50 objects at once. */
const sourcesAtOnce = 8

/** A caller that sends what it has in parallel must not be refused; one that never stops must not fill the memory. */
const limits = { longestLine: 100, longestWait: 5_000 }

export function managementTurns(): ManagementTurns {
  const query = fairTurns({ most: queriesAtOnce, ...limits })
  const scans = fairTurns({ most: scansAtOnce, ...limits })
  const source = fairTurns({ most: sourcesAtOnce, ...limits })
  return { query, scan: (who, work) => scans(who, () => query(who, work)), source, pushes: countPushes() }
}
