import { randomBytes } from 'node:crypto'
import type { CalledApplication } from '../../application-calls/calls.ts'
import type { CallSender } from '../../application-calls/send-call.ts'
import type { LinkJournal } from './link-journal.ts'

/** What is tested: three templates, and what the owner says about the application. */
export type Target = {
  application: CalledApplication
  /** Its default icon, if the sheet has one. */
  defaultIconUrl?: string
  /** Keys of objects that exist; none is known if it is empty. */
  objects: readonly string[]
}

/** A run of the kit. */
export type Kit = {
  target: Target
  /** Letters that every key of this run begins with, so that its links can be told from others. */
  mark: string
  sender: CallSender
  /** The links that runs of the kit made and did not remove yet. */
  journal: LinkJournal
  /** Aborted when the run is to end. */
  signal: AbortSignal
  /** Calls that were made so far, and issues that were named in them. */
  calls: number
  issues: number
  /** Whether an answer held the token that it was called with. */
  tokenRepeatedBy: Set<string>
  /** What several checks ask for, asked once. */
  memory: Map<string, Promise<unknown>>
}

/** A new run: its mark is a queue key that no real queue has. */
export const newKit = (run: Pick<Kit, 'target' | 'sender' | 'journal' | 'signal'>): Kit => ({
  ...run,
  mark: `TLKCHECK${Array.from(randomBytes(8), byte => String.fromCharCode(65 + (byte % 26))).join('')}`,
  calls: 0,
  issues: 0,
  tokenRepeatedBy: new Set(),
  memory: new Map(),
})

/** The result of `ask`, asked for once in a run. */
export function once<T>({ memory }: Kit, name: string, ask: () => Promise<T>): Promise<T> {
  const known = memory.get(name) as Promise<T> | undefined
  if (known) return known
  const asked = ask()
  memory.set(name, asked)
  return asked
}
