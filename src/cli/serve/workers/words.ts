import type { Config } from '../../../config/schema.ts'
import type { Settings } from '../../../config/settings.ts'
import type { Reloaded } from '../../../management-api/reload.ts'
import type { Samples } from '../../../metrics/exposition.ts'

/** What a worker serves. The primary has read it: so all serve the same, also one that is started later. */
export type Task = {
  settings: Settings
  config: Config
  source: string
  /** The sockets of both listeners, by their numbers in the worker. */
  descriptors: { public: readonly number[]; admin: readonly number[] }
}

/** How many workers answer, of those that should. */
export type Standing = { ready: number; wanted: number }

/** What the primary asks a worker for. */
export type WorkerAnswers = {
  /** Answered once it serves: what the owner should know of the configuration, in sentences. */
  serve: (task: Task) => Promise<readonly string[]>
  /** Opens another configuration, and serves the former still. */
  prepare: (next: { config: Config; needRestart: readonly string[]; logLevel: string }) => Promise<void>
  serveNext: () => Promise<Reloaded>
  forgetNext: () => Promise<void>
  /** What it counted, by itself. */
  scrape: () => Promise<Samples>
  /** Somebody asked another worker for the health. */
  healthAsked: () => Promise<void>
  standing: (standing: Standing) => void
  stop: (drainSeconds: number | undefined) => Promise<void>
}

/** What a worker asks the primary for. */
export type PrimaryAnswers = {
  reload: () => Promise<Reloaded>
  /** What all workers counted. */
  scrape: () => Promise<Samples>
  healthAsked: () => void
  /** It answers its last calls: another is started, unless all stop. */
  stopping: () => { isAlone: boolean }
}
