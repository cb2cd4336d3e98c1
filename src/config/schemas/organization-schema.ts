import { address, closed, secret, text } from './schema-parts.ts'

/** `organizations`: whose Tracker is called, each under a name that commands take. */

export const defaultTrackerUrl = 'https://api.tracker.yandex.net'

/** The schemes of Tracker's two kinds of tokens: OAuth tokens, and the IAM tokens of Yandex Cloud. */
export const defaultTokenSchemes = { yandex360: 'OAuth', cloud: 'Bearer' } as const

// Tracker guarantees about 5 and 10 (tracker contract, section 9); a fifth of that is left to others.
export const defaultRate = { search: 4, other: 8 }

const perSecond = (description: string, standard: number) =>
  ({
    type: 'integer',
    description,
    minimum: 1,
    maximum: 1_000,
    patternErrorMessage: 'It is a whole number of requests per second, from 1 to 1000.',
    default: standard,
    examples: [standard],
  }) as const

export const organizationKind = {
  enum: ['yandex360', 'cloud'],
  description: '`yandex360` sends X-Org-ID, `cloud` sends X-Cloud-Org-ID.',
} as const

export const organizationId = text('Id of the organization.', {
  pattern: '^[!-~]+$',
  patternErrorMessage: 'The id of an organization has Latin letters, digits and punctuation only.',
  examples: ['7654321'],
})

const organization = {
  ...closed,
  description: 'An organization in Tracker, and the token for calls to it.',
  required: ['kind', 'id', 'token'],
  properties: {
    kind: organizationKind,
    id: organizationId,
    token: secret('The token that is sent to Tracker; it may do what its user may do.', {
      pattern: '^[!-~]+$',
      patternErrorMessage:
        'A token has Latin letters, digits and punctuation only: no white space, nothing outside ASCII.',
      examples: [`\${TRACKER_TOKEN}`],
    }),
    scheme: {
      enum: ['OAuth', 'Bearer'],
      description:
        'The scheme before the token: `OAuth`, or `Bearer` for an IAM token. Default: `OAuth` for `yandex360`, `Bearer` for `cloud`',
    },
    url: address("Address of Tracker's API.", { default: defaultTrackerUrl }),
    rate: {
      ...closed,
      description:
        'How many requests per second are sent to Tracker at most, by all processes that have the database open.',
      properties: {
        search: perSecond('Requests that search for issues.', defaultRate.search),
        other: perSecond('All other requests.', defaultRate.other),
      },
    },
  },
} as const

export const organizations = {
  type: 'object',
  description:
    'The organizations whose Tracker is called, by names of your own; commands take them as `--organization`.',
  patternProperties: { '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$': organization },
  additionalProperties: false,
  patternErrorMessage:
    'The name of an organization has 1 to 32 Latin letters, digits, underscores and hyphens, and starts with a letter or a digit.',
  hint: 'Write a name such as `main`, and below it `kind`, `id` and `token`.',
} as const
