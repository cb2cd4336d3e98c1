import type { StoredLine } from '../../storage/reconciliation/list-plan-lines.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'

/** A line of a plan in an answer. */
export const lineSchema = {
  title: 'PlanLine',
  type: 'object',
  required: ['number', 'issueKey', 'kind', 'why'],
  additionalProperties: true,
  properties: {
    number: { type: 'integer', description: 'Number of the line in its plan.' },
    issueKey: { type: 'string', description: 'Key of the issue.' },
    issueId: { type: 'string', description: "Tracker's id of the issue, where it is known." },
    remoteKey: { type: 'string', description: 'Key of the object; absent if the line is about the issue.' },
    kind: {
      enum: ['only-here', 'only-in-tracker', 'moved', 'doubled', 'unreadable'],
      description: 'How the two sides differ.',
    },
    why: { type: 'string', description: 'What the difference comes from, as far as the last agreement tells.' },
    repair: { type: 'object', additionalProperties: true, description: 'What would make both sides alike.' },
    precondition: {
      type: 'object',
      additionalProperties: true,
      description: 'What must still be so for the repair to be made.',
    },
    outcome: { type: 'string', description: 'What became of the repair; absent if none was tried.' },
    doneAt: { type: 'string', description: "When, in Tracker's form." },
  },
} as const

/** A line as `lineSchema` says: as it stands in a plan file, and what became of it. */
export const lineJson = ({ line, outcome, doneAt }: StoredLine) => ({
  ...(line as object),
  ...(outcome !== null && { outcome }),
  ...(doneAt !== null && { doneAt: formatTrackerDate(doneAt) }),
})
