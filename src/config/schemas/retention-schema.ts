import { closed } from './schema-parts.ts'

/** `retention`: how long what the program collects is kept. */

export const defaultRetention = { idempotentAnswerHours: 24, reconciliationDays: 30 } as const

const wholeNumber = (description: string, unit: string, maximum: number, example: number, standard?: number) =>
  ({
    type: 'integer',
    description,
    minimum: 1,
    maximum,
    patternErrorMessage: `It is a whole number of ${unit}, from 1 to ${maximum}.`,
    ...(standard !== undefined && { default: standard }),
    examples: [example],
  }) as const

export const retention = {
  ...closed,
  description: 'How long what is collected is kept; then it is removed. Links and pushed objects stay in any case.',
  properties: {
    eventDays: wholeNumber(
      'Days for which the history of links, and so the change feed, goes back at least; an event is removed at most a twelfth of that (a month at most) later. Default: for ever',
      'days',
      36_500,
      400,
    ),
    idempotentAnswerHours: wholeNumber(
      'Hours for which the answer to a request with an `Idempotency-Key` is kept and repeated.',
      'hours',
      720,
      24,
      defaultRetention.idempotentAnswerHours,
    ),
    lastGoodCardDays: wholeNumber(
      'Days for which the last good card of a source is kept if the source is not asked for it again, or gives none. Default: for ever',
      'days',
      36_500,
      180,
    ),
    reconciliationDays: wholeNumber(
      'Days for which the runs of reconciliations and their plans are kept after their end.',
      'days',
      36_500,
      90,
      defaultRetention.reconciliationDays,
    ),
  },
} as const
