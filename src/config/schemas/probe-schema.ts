import { closed } from './schema-parts.ts'

/** `probe`: how long it is recorded what Tracker's calls look like. */

export const defaultProbeDays = 14

const days = {
  type: 'integer',
  description: 'Days after its first start at which the probe ends by itself.',
  minimum: 1,
  maximum: 90,
  patternErrorMessage: 'It is a whole number of days, from 1 to 90.',
  default: defaultProbeDays,
  examples: [14],
} as const

export const probe = {
  description:
    'Whether it is recorded what the calls of Tracker look like, without tokens, for `probe report`; it ends by itself after `days`.',
  patternErrorMessage: 'It is `true`, `false`, or a block with `days`.',
  hint: 'Write `probe: true`.',
  anyOf: [
    { type: 'boolean', description: `\`true\`: for ${defaultProbeDays} days.` },
    { ...closed, description: 'The same for other than 14 days.', properties: { days } },
  ],
  examples: [true],
} as const
