import type { Reason } from '../connection/database-reason.ts'

/** Whether calls can be answered, in the words of `GET /health/ready`. */
export type Readiness = {
  ready: boolean
  /** Why not. */
  reason?: Reason
  /** What is wrong although calls are answered. */
  warnings?: readonly Reason[]
}
