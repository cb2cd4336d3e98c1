import type { Call } from './calls.ts'
import type { Job } from './job.ts'

/** What a loop needs to make the calls of a job. */
export type LoopOptions = {
  job: Job
  next: () => Call | undefined
  request: (call: Call) => string
  check: (call: Call, status: number, body: string) => string | undefined
  /** Takes the times of the calls within the measurement. */
  recorder: { record: (milliseconds: number) => void }
}

export type LoopResult = { seconds: number; lateness?: number; fault?: string }
