// What a run of the bench found: the content of its JSON file.
import type { Work } from '../load/job.ts'
import type { ProgramName } from '../world/programs.ts'
import type { ManagementWork } from './management-works.ts'
import type { Figure } from './statistics.ts'

/** One work of one program with a number of connections; in an open loop at a fixed rate. Latencies in milliseconds. */
export type Cell = {
  program: ProgramName
  work: Work
  connections: number
  /** Calls per second that were due; absent in a closed loop. */
  rate?: number
  /** If the rate was chosen as a part of the peak that our server reached in the same run: that part. */
  partOfOurPeak?: number
  perSecond: Figure
  /** Microseconds of processor time per call, of the program and of PostgreSQL's processes; runs before 2026-11-28 have none. */
  processor?: Figure
  database?: Figure
  p50: Figure
  p99: Figure
  p999: Figure
  /** In an open loop: how late the generator itself was, p99. */
  lateness?: Figure
  answers: number
  /** How many answers were compared word for word, and how many changes were found in the database. */
  checked: { bodies: number; changes: number }
}

/** The server alone on a database of a size. */
export type GrowthCell = {
  size: number
  work: Work
  perSecond: Figure
  /** Microseconds of processor time per call; runs before 2026-11-28 have none. */
  processor?: Figure
  database?: Figure
}

/** A call to the management API on a database of a size, one after the other. */
export type ManagementCell = {
  size: number
  work: ManagementWork
  /** Milliseconds of a call: the mean of each turn, and the slowest of each. */
  milliseconds: Figure
  slowest: Figure
  /** How many calls a second, or objects that were pushed. */
  perSecond: Figure
  processor?: Figure
  database?: Figure
}

export type Growth = {
  cells: GrowthCell[]
  /** Runs before 2026-11-28 have none. */
  management?: ManagementCell[]
  /** Bytes on disk with its indexes: of a link, of its event, of an object. */
  bytes?: { size: number; link: number; event: number; object: number }[]
  /** Import of that many objects, in seconds; only runs before 2026-11-28. */
  imports?: { objects: number; seconds: number }[]
  /** What the server did wrong: the rows concerned are missing. */
  faults?: string[]
  /** The server with that many objects in its database. */
  memory: { objects: number; idle: number; most: number }[]
}

export type Results = {
  at: string
  mode: 'quick' | 'full'
  /** How long the run took. */
  seconds: number
  commit: string
  machine: {
    processor: string
    cores: number
    memoryGb: number
    system: string
    node: string
    postgres: string
    /** Load average of the minute before the run. */
    loadBefore: number
  }
  objects: number
  /** PostgreSQL's settings that make a commit durable. */
  durability: Record<string, string>
  cells: Cell[]
  /** What programs did wrong under load: the rows concerned are missing, and the run counts as failed. */
  faults: string[]
  /** Resident memory in MB of the server with `objects` objects: after its start, and the most of the whole run. */
  memory?: { idle: number; most: number }
  /**
   * Seconds from the command to the first good answer, with the data folder of an earlier run (embedded PostgreSQL), and of a command
   * to its end; runs before 2026-11-28 have no command.
   */
  startUp?: { npmStart: Figure; serve: Figure; command?: Figure }
  imports?: { objects: number; seconds: number }[]
  growth?: Growth
}
