// What the bench asks of the load generator, and what comes back. Both are plain JSON: the generator is its own process.
import type { Preload } from './data.ts'

/**
 * - `info`: cards, drawn by a Zipf law over all objects
 * - `info-once`: each object's card once
 * - `create-N`: N new links a call; `repeat-N`: the same for links that exist
 * - `remove`: links that exist, each once
 * - `mix`: 90 % info, 8 % create-1, 2 % remove
 */
export const works = ['info', 'info-once', 'create-1', 'create-50', 'repeat-1', 'repeat-50', 'remove', 'mix'] as const
export type Work = (typeof works)[number]

/** The form of a program's calls; `fixed` always gives the same answer. */
export type DialectName = 'tracker' | 'fixed' | 'platformatic'

export type Target = {
  port: number
  dialect: DialectName
  token: string
  /** Its database, in which acknowledged changes are looked up; without it they are not. */
  databaseUrl?: string
}

/** How much of a program's data is used up: the next new issue, the next link to remove, the next object of `info-once`. */
export type Cursor = { created: number; removed: number; asked: number }

export type Job = {
  target: Target
  work: Work
  objects: number
  preload: Preload
  cursor: Cursor
  connections: number
  /** Calls per second, sent without waiting for answers (open loop); without it each answer starts the next call (closed loop). */
  rate?: number
  /** Seconds before and of the measurement. The work may be used up earlier. */
  warmUp: number
  measure: number
}

/** Milliseconds. In an open loop they count from the moment at which the call was due. */
export type Latency = { mean: number; p50: number; p99: number; p999: number; max: number }

export type Outcome = {
  /** Answers of the whole job, its warm-up too: what the processor worked for. */
  all: number
  /** Answers within the measurement, and its duration. */
  answers: number
  seconds: number
  latency: Latency
  /** In an open loop: how late the generator itself was (p99, ms). */
  lateness?: number
  /** How many answers were compared word for word, and how many changes were looked up in the database. */
  checked: { bodies: number; changes: number }
  cursor: Cursor
  /** What a program did wrong, if anything: then the figures mean nothing. */
  fault?: string
}
