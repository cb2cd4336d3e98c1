import type { Fault } from '../../errors/problem.ts'
import type { SendStep } from '../../outgoing/send-request.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../object-source.ts'

/** A source before its mapping: what is asked, and what it answers. */
export type Upstream = {
  /** The answer about an object, a JSON value; undefined if there is no such object. Throws SourceFailure. */
  ask(key: RemoteKey, question: UpstreamQuestion): Promise<unknown>
  close(): Promise<void>
}

export type UpstreamQuestion = {
  signal: AbortSignal
  /** Asked to see whether the upstream is back, and not repeated whatever comes. */
  isProbe?: boolean
  /** Hears of each step, for an owner who tries a source out. */
  tell?: (step: Step) => void
}

/** One step of a question, as far as it can be shown. */
export type Step =
  | { step: 'key'; rule: string }
  | SendStep
  /** How an answer begins that is not JSON. */
  | { step: 'text'; start: string }
  | { step: 'query'; query: string; milliseconds: number; rows: number }
  | { step: 'module'; file: string; environment: readonly string[]; milliseconds: number }

/** What a look at a source finds: `faults` keep every card from being made, `warnings` do not. Fields count from `objects`. */
export type SourceLook = { faults: Fault[]; warnings: string[] }

/** The upstream is well, and refuses this one object. */
export class ObjectRefusal extends SourceFailure {}

/** Milliseconds that a question may take in all. */
export const totalMs = 3_000
