import { closed, text } from './schema-parts.ts'

/** `reconciliation` of an application: a comparison with Tracker on a schedule. */

/** What a reconciliation may repair. */
export const repairs = ['none', 'tracker', 'here', 'both'] as const

export const defaultSchedule = { repair: 'none' } as const

export const reconciliation = {
  ...closed,
  description:
    'Compares the links with those in Tracker again and again. Needs `organization`. Left out: only when somebody asks for it',
  required: ['every'],
  properties: {
    every: text('How long after the beginning of one run the next one begins: hours (`24h`) or days (`7d`).', {
      pattern: '^([1-9]\\d{0,2}h|[1-9]\\d?d)$',
      patternErrorMessage: 'It is a number of hours, from 1h to 999h, or of days, from 1d to 99d.',
      examples: ['24h'],
    }),
    repair: {
      enum: repairs,
      description:
        'What is repaired: nothing (the run makes a plan, which can be read and applied), what differs in Tracker, what differs here, or both.',
      default: defaultSchedule.repair,
      examples: ['none'],
    },
  },
} as const

/** Hours of a checked `every`. */
export const hoursOf = (every: string): number => Number(every.slice(0, -1)) * (every.endsWith('d') ? 24 : 1)
