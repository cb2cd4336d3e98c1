import type { Application, Config } from '../../config/schema.ts'
import type { Breaker } from '../../linked-objects/object-source.ts'
import type { Queries } from '../../storage/database/queries.ts'
import type { TrackerClient } from '../../tracker-client/create-tracker-client.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { Finding } from './finding.ts'

/** What the probes look at. Nothing of it is changed by looking: over the database nothing can be written. */
export type Ground = {
  config: Config
  /** Undefined if it cannot be used, which a probe of the database says. */
  database: Queries | undefined
  trackerOf: (application: Application) => TrackerClient | undefined
  /** How the server that was asked stands to the source of an application; undefined: none could be asked, or it has no source. */
  breakerOf: (application: Application) => Promise<SeenBreaker | undefined>
  /** The setting of this process; the doctor's own may differ from that of the server. */
  trustedProxies: readonly string[]
  /** The moment, in milliseconds of the epoch. */
  now: () => number
}

/** The circuit breaker of one replica, named as in the request log. */
export type SeenBreaker = Breaker & { replica: string }

/** What is asked about: an application, and of it an issue, an object, or a link. */
export type Subject = { application: Application; issueKey?: IssueKey; remoteKey?: RemoteKey }

/** Milliseconds that a look may take: with a start of the program and a database that hangs, ten seconds in all. */
export const longestLook = 5_000

/** One look. It ends soon after `signal` is aborted; what it throws is told as "could not be looked at". */
export type Probe = {
  /** For people: `the source of cards`. */
  name: string
  /** It says nothing without the database. */
  needsDatabase: boolean
  look: (ground: Ground, subject: Subject, signal: AbortSignal) => Promise<readonly Finding[]>
}
