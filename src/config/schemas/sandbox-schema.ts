import { closed, secret, text } from './schema-parts.ts'

/** `sandbox`: what the sandbox, which plays Tracker, is started with. The server itself reads nothing of it. */

const token = (description: string, example: string) =>
  secret(description, {
    pattern: '^[!-~]+$',
    patternErrorMessage:
      'A token has Latin letters, digits and punctuation only: no white space, nothing outside ASCII.',
    examples: [example],
  })

export const sandboxRoles = ['admin', 'robot'] as const
export const loginPattern = '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'

const knownToken = {
  ...closed,
  description: 'A token that the sandbox accepts, and whose it is.',
  required: ['token', 'login'],
  properties: {
    token: token('The token.', `\${SANDBOX_TOKEN}`),
    login: text('Login of its user. `user1` (an administrator) and `user2` are there; any other is added.', {
      pattern: loginPattern,
      patternErrorMessage:
        'A login has 1 to 64 Latin letters, digits and `.` `_` `@` `-`, and starts with a letter or a digit.',
      examples: ['links-robot'],
    }),
    roles: {
      type: 'array',
      items: { enum: sandboxRoles, description: '`admin` may import, `robot` may edit an issue less often.' },
      description:
        'What its user is: `admin` may import; for `robot` an issue is closed for editing at version 10,100 instead of 11,100. Default: none, for `user1` `admin`',
      uniqueItems: true,
    },
  },
} as const

const calledApplication = {
  ...closed,
  description: 'Whose token the calls to this application present.',
  properties: {
    token: {
      enum: ['fixed', 'user', 'none'],
      description:
        'The fixed token of the registration, the token of a user, or none. Default: what `authorization` of the application expects',
    },
    userToken: token("A user's token, for `token: user`.", `\${USER_TOKEN}`),
  },
} as const

export const sandbox = {
  ...closed,
  description: 'For `tracker-links sandbox`, which plays Tracker.',
  properties: {
    tokens: {
      type: 'array',
      items: knownToken,
      description:
        "The tokens that its API accepts; any other is answered 401. Default: any token, as the first user's",
      minItems: 1,
    },
    organizationRequired: {
      type: 'boolean',
      description:
        'Whether a request without the header of the organization is answered 403. Otherwise it is accepted, and is among the findings. Default: false',
    },
    applications: {
      type: 'object',
      description: 'How its calls to each application differ, by the id of the application.',
      patternProperties: { '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$': calledApplication },
      additionalProperties: false,
      patternErrorMessage: 'This is not the id of an application.',
      hint: 'Write the id of one of the `applications`.',
    },
  },
} as const
