import type { Precondition, Repair, Why } from '../difference.ts'

/** What makes a line agree: a repair of one side, or the links of a moved issue go to its present key. */
export type PlanRepair = Repair | { side: 'here'; action: 'move' }

/** Why nothing can be said of an issue, or of a link of it. */
type Unreadable = 'issue-unknown' | 'rights-missing' | 'request-failed' | 'key-not-usable'

/** A line of a plan, as it is stored and written into a plan file: JSON, so a generation is a text. */
export type PlanLine = {
  number: number
  /** The present key, if the issue was moved. */
  issueKey: string
  issueId?: string
  /** Absent if the line is about the issue. */
  remoteKey?: string
  kind: 'only-here' | 'only-in-tracker' | 'doubled' | 'moved' | 'unreadable'
  why: Why | Unreadable | 'issue-was-moved'
  /** Of a moved issue: the key that it had, under which there are links here. */
  formerKey?: string
  /** What Tracker said, if an issue is not readable. */
  detail?: string
  repair?: PlanRepair
  precondition?: WrittenPrecondition
}

/** A line that has no number yet. */
export type NewLine = Omit<PlanLine, 'number'>

type WrittenPrecondition = Omit<Precondition, 'generation'> & { generation?: string }

export const writePrecondition = ({ here, generation, remoteLinkIds }: Precondition): WrittenPrecondition => ({
  here,
  ...(generation !== undefined && { generation: `${generation}` }),
  remoteLinkIds,
})

export const readPrecondition = ({ here, generation, remoteLinkIds }: WrittenPrecondition): Precondition => ({
  here,
  generation: generation === undefined ? undefined : BigInt(generation),
  remoteLinkIds,
})
