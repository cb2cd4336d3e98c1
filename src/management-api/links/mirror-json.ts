import { type MirrorState, mirrorStates } from '../../reconciliation/mirror/mirror-state.ts'
import { formatTrackerDate } from '../../tracker-contract/tracker-date.ts'

/** Where a link stands with Tracker, in an answer. */
export const mirrorSchema = {
  type: 'object',
  required: ['state'],
  description: 'Whether Tracker has it as well; only if the application has an organization.',
  properties: {
    state: {
      enum: mirrorStates,
      description:
        '`mirrored`: Tracker has it. `pending`: Tracker is to be told. `failed`: Tracker could not be told, and is tried ' +
        'again. `unsent`: Tracker does not have it, and the application is not mirrored. `unknown`: it did not change since ' +
        'the application has its organization.',
    },
    reason: { type: 'string', description: 'Why it failed, as a code: `token-refused`, for example.' },
    detail: { type: 'string', description: 'The same in words, and what to do.' },
    nextTry: { type: 'string', description: "When it is tried again, in Tracker's form; not there if at once." },
  },
} as const

/** A state as `mirrorSchema` says. */
export const mirrorJson = ({ nextTry, ...state }: MirrorState) => ({
  ...state,
  ...(nextTry && { nextTry: formatTrackerDate(nextTry) }),
})
