import { fairTurns, type Turns } from '../storage/work/fair-turns.ts'
import { countPushes } from './objects/bulk/count-pushes.ts'

/** The turns of API keys in the database, by their ids. All that the management API does there takes one. */
export type ManagementTurns = {
  /** For what an index finds, and for writes. */
  query: Turns
  /** For what may read a whole table. Takes a turn of `query` too. */
  scan: Turns
  /** Bulk pushes, which take a turn for each batch. */
  pushes: ReturnType<typeof countPushes>
}

/** One less than the pool has connections: callers are looked up beside the turns. */
const queriesAtOnce = 3
/** A scan keeps a processor of the database busy. */
const scansAtOnce = 1

/** A caller that sends what it has in parallel must not be refused; one that never stops must not fill the memory. */
const limits = { longestLine: 100, longestWait: 5_000 }

export function managementTurns(): ManagementTurns {
  const query = fairTurns({ most: queriesAtOnce, ...limits })
  const scans = fairTurns({ most: scansAtOnce, ...limits })
  return { query, scan: (who, work) => scans(who, () => query(who, work)), pushes: countPushes() }
}
