import { closed } from './schema-parts.ts'

/** `retention`: how long what the program collects is kept. */

export const defaultRetention = {
  idempotentAnswerHours: 24,
  reconciliationDays: 30,
  callDays: 14,
  callRecords: 20_000,
} as const

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
      'Days for which the runs of reconciliations and their plans are kept after their end, and what the mirror knows of links that neither side has any more.',
      'days',
      36_500,
      90,
      defaultRetention.reconciliationDays,
    ),
    callDays: wholeNumber(
      'Days for which the request log keeps a call.',
      'days',
      36_500,
      14,
      defaultRetention.callDays,
    ),
    callRecords: {
      ...wholeNumber(
        'Records of calls that the request log keeps of each application, the latest; a record takes 1 KB at most, and some 0.3 KB as a rule. 0 switches the request log off.',
        'records',
        1_000_000,
        20_000,
        defaultRetention.callRecords,
      ),
      minimum: 0,
      patternErrorMessage: 'It is a whole number of records, from 0 to 1000000.',
    },
  },
} as const
