import { defaultTrackerUrl, organizationId, organizationKind } from './organization-schema.ts'
import { address, closed, secret, taggedUnion, text } from './schema-parts.ts'

/**
 * `authorization` of an application: one branch for each `kind`. Ajv fills in no defaults within a branch; fill-defaults.ts
 * does, from the constants here.
 */

export const defaultHeader = 'Authorization'
export const defaultSchemes = ['OAuth', 'Bearer']
export const defaultVerifierUrls = {
  yandexId: 'https://login.yandex.ru/info',
  trackerMyself: defaultTrackerUrl,
}

const header = {
  type: 'string',
  description: 'The header that carries the token; Tracker does not document its name.',
  // The characters of a name in RFC 9110, 5.6.2.
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$",
  format: 'token-header',
  patternErrorMessage:
    'The name of the header has letters, digits and hyphens only, and is not one that HTTP itself uses, such as Host or Content-Length.',
  default: defaultHeader,
  examples: ['Authorization', 'X-Tracker-Token'],
} as const

const schemes = {
  type: 'array',
  items: {
    type: 'string',
    pattern: '^[A-Za-z0-9-]+$',
    patternErrorMessage: 'A scheme has letters, digits and hyphens only.',
    examples: ['OAuth', 'Bearer', 'bare'],
  },
  description:
    'The scheme that may come before the token, in upper or lower case; `bare` allows a token without a scheme.',
  minItems: 1,
  uniqueItems: true,
  default: defaultSchemes,
} as const

const noAuthorization = {
  ...closed,
  required: ['kind'],
  properties: { kind: { const: 'none', description: 'Anybody may call. Logged as a warning at every start.' } },
} as const

export const tokenAuthorization = {
  ...closed,
  required: ['kind', 'tokens'],
  properties: {
    kind: { const: 'token', description: 'Tracker presents a fixed token: `oauthToken` of the registration.' },
    tokens: {
      type: 'array',
      items: secret('A token.', {
        pattern: '^[!-~]+$',
        patternErrorMessage:
          'A token has Latin letters, digits and punctuation only: no white space, nothing outside ASCII.',
        examples: [`\${CRM_TOKEN}`],
      }),
      description:
        'The accepted tokens. Several may be valid at once, so that a token can be changed while Tracker still sends the old one.',
      minItems: 1,
      uniqueItems: true,
    },
    header,
    schemes,
  },
} as const

const yandexIdVerifier = {
  ...closed,
  required: ['kind'],
  properties: {
    kind: { const: 'yandexId', description: 'Asks Yandex ID whose token it is.' },
    url: address('Address of the user info call.', { default: defaultVerifierUrls.yandexId }),
  },
} as const

const trackerMyselfVerifier = {
  ...closed,
  required: ['kind', 'organization'],
  properties: {
    kind: { const: 'trackerMyself', description: 'Asks Tracker whose token it is (its call `myself`).' },
    url: address("Address of Tracker's API.", { default: defaultVerifierUrls.trackerMyself }),
    organization: {
      ...closed,
      description: 'The organization in Tracker that is asked.',
      required: ['kind', 'id'],
      properties: {
        kind: organizationKind,
        id: organizationId,
      },
    },
  },
} as const

const introspectionVerifier = {
  ...closed,
  required: ['kind', 'url', 'clientId', 'clientSecret'],
  properties: {
    kind: { const: 'introspection', description: 'Asks an OAuth 2.0 server (RFC 7662).' },
    url: address('Address of the introspection call.', { examples: ['https://id.example.com/oauth2/introspect'] }),
    clientId: text('Our id at that server.', { examples: ['tracker-links'] }),
    clientSecret: secret('Our secret at that server.', { examples: [`\${INTROSPECTION_SECRET}`] }),
  },
} as const

const allow = {
  ...closed,
  description: 'Who may call: the caller must be in every list that is given.',
  minProperties: 1,
  properties: {
    clientIds: {
      type: 'array',
      items: text('The id of an OAuth client.', { examples: ['0123456789abcdef0123456789abcdef'] }),
      description:
        'OAuth clients whose tokens are accepted (not with `trackerMyself`, which does not return the client).',
      minItems: 1,
    },
    logins: {
      type: 'array',
      items: text('A login.', { examples: ['tracker-robot'] }),
      description: 'Logins of users who may call.',
      minItems: 1,
    },
    uids: {
      type: 'array',
      items: {
        type: 'string',
        pattern: '^[0-9]{1,19}$',
        patternErrorMessage: 'A uid is text of 1 to 19 digits.',
        examples: ['1130000000000001'],
      },
      description: 'Uids of users who may call, as text (in quotes).',
      minItems: 1,
    },
  },
} as const

/** A minute's worth may come at once. */
export const defaultUnknownTokens = { perMinute: 600, perMinuteOfAddress: 60 }

const perMinute = (description: string, byDefault: number) =>
  ({ type: 'integer', description, minimum: 1, maximum: 1_000_000, default: byDefault }) as const

const unknownTokens = {
  ...closed,
  description:
    'How many tokens that the verifier does not know may be presented; further ones get 429. Callers that it knows are not limited.',
  properties: {
    perMinute: perMinute('In all.', defaultUnknownTokens.perMinute),
    perMinuteOfAddress: perMinute(
      "From one client address: that of the connection, so behind a proxy the proxy's.",
      defaultUnknownTokens.perMinuteOfAddress,
    ),
  },
} as const

export const userAuthorization = {
  ...closed,
  required: ['kind', 'verifier', 'allow'],
  properties: {
    kind: { const: 'user', description: 'Tracker presents the token of the user on whose behalf it calls.' },
    header,
    schemes,
    verifier: {
      ...taggedUnion('kind', [yandexIdVerifier, trackerMyselfVerifier, introspectionVerifier]),
      description: 'How the owner of a token is found.',
    },
    allow,
    unknownTokens,
  },
} as const

export const authorization = {
  ...taggedUnion('kind', [noAuthorization, tokenAuthorization, userAuthorization]),
  description: 'Who may call.',
} as const
