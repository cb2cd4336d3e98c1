import type { SendStep } from '../../outgoing/send-request.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { SourceFailure } from '../object-source.ts'

/** A source before its mapping: whom to ask, and what came back. */
export type Upstream = {
  /** The answer about an object as a value of JSON; undefined where there is no such object. Throws SourceFailure. */
  ask(key: RemoteKey, question: UpstreamQuestion): Promise<unknown>
  close(): Promise<void>
}

export type UpstreamQuestion = {
  signal: AbortSignal
  /** Asked to see whether the upstream is back: once, whatever comes. */
  isProbe?: boolean
  /** Hears of every step on the way, for the owner who tries a source out. */
  tell?: (step: Step) => void
}

/** One step of a question, as far as it can be shown: names of headers without their values. */
export type Step =
  | { step: 'key'; rule: string }
  | SendStep
  | { step: 'query'; query: string; milliseconds: number; rows: number }
  | { step: 'module'; file: string; milliseconds: number }

/** The upstream is well, and refuses to tell about this one object. */
export class ObjectRefusal extends SourceFailure {}

/** How long a question takes in all, in milliseconds. */
export const totalMs = 3_000
