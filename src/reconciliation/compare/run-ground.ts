import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { LinkFeed } from '../../storage/links/link-feed.ts'
import type { Storage } from '../../storage/open-storage.ts'
import type { HeldRun, RunCounts, RunPosition } from '../../storage/reconciliation/run-progress.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { Patience, Pauses } from './patience.ts'
import type { PlanLine } from './plan-line.ts'

/** How far a run is. */
export type RunProgress = {
  phase: 'compare' | 'apply'
  /** Issues, or lines that are applied. */
  done: number
  inAll: number
  /** Undefined until it can be told. */
  secondsLeft: number | undefined
}

/** Who is told of what a run does, as it does it. */
export type RunListener = {
  lines?: (lines: readonly PlanLine[]) => void
  outcome?: (line: PlanLine, outcome: string) => void
  progress?: (progress: RunProgress) => void
  /** Tracker is away, or (undefined) back. */
  away?: (reason: string | undefined) => void
  /** Links of an issue that are just being changed, so that nothing can be said of them. */
  busy?: (issueKey: string, remoteKeys: readonly string[]) => void
}

/** What a run stands on. */
export type RunGround = {
  database: Storage['management']
  feed: LinkFeed
  tracker: TrackerClient
  application: Application
  log: Logger
  listener: RunListener
  /** Aborts if the run is to stop, or is lost. */
  signal: AbortSignal
  pauses?: Pauses | undefined
}

/** A run that this process works on: what is stored of it, and what changes while it works. */
export type OpenRun = RunGround & {
  held: HeldRun
  /** Tracker's calls: each is tried once, and `patience` does the rest. */
  calls: Pick<TrackerClient, 'issues' | 'remoteLinks' | 'users'>
  /** Waits until whoever writes links at the moment has ended; true: a transaction stays open. */
  writersStay: () => Promise<boolean>
  /** The run whose lines are applied: this one, unless it applies the plan of another. */
  planId: string
  repair: 'none' | 'tracker' | 'here' | 'both'
  position: RunPosition
  counts: RunCounts
  patience: Patience
}
