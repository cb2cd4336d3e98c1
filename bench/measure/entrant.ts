import type { Cursor } from '../load/job.ts'
import type { Running } from '../world/start-program.ts'
import type { Ground } from './management-works.ts'

/** The server on a database of a size: as many links as objects. */
export type Entrant = {
  size: number
  database: string
  apiKey: string
  running: Running
  cursor: Cursor
  ground: Ground
}
