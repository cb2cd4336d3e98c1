import { postgresAddressNotes } from '../postgres-address.ts'
import { mapping, people, states } from './card-making-schema.ts'
import { closed, secret, taggedUnion, text } from './schema-parts.ts'

/** `objects` and `cards` of an application: where object info comes from, and how long a card stays fresh. */

const storeSource = {
  ...closed,
  required: ['source'],
  properties: {
    source: { const: 'store', description: 'Objects that were pushed or imported into the store.' },
    states,
    people,
  },
} as const

const keyPattern = (otherwise: string, example: string) =>
  text(
    `JavaScript regular expression (flags \`s\` and \`u\`) with named groups, which must match the whole key. A key that does not match is unknown; ${otherwise}.`,
    { examples: [example] },
  )

const httpSource = {
  ...closed,
  required: ['source', 'url', 'mapping'],
  properties: {
    source: { const: 'http', description: 'Objects are read from an HTTP API of the application.' },
    url: text(
      'Template of the address: `{{remoteKey}}`, or the named groups of `keyPattern`, are filled in, percent-encoded. The host must not have placeholders.',
      {
        pattern: '^https?://[^/?#{}\\s]+[/?#]',
        format: 'source-url',
        patternErrorMessage:
          'It is an address that starts with https:// or http://, names a host without placeholders, and has a path.',
        examples: ['https://gitlab.example.com/api/v4/projects/{{project}}/merge_requests/{{iid}}'],
      },
    ),
    method: { enum: ['GET', 'POST'], description: 'Method of the request.', default: 'GET' },
    headers: {
      type: 'object',
      description: 'Headers of the request; their values are secrets.',
      patternProperties: {
        "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$": secret('Value of the header.', {
          pattern: '^[\\t -~]+$',
          patternErrorMessage: 'A header value has Latin letters, digits, punctuation and spaces only.',
          examples: [`\${GITLAB_TOKEN}`],
        }),
      },
      additionalProperties: false,
      patternErrorMessage: 'The name of a header has Latin letters, digits and hyphens.',
      hint: 'Write a name such as `Authorization`, a colon, and its value.',
    },
    body: text('JSON body of a POST; its strings may have placeholders as in `url`.', {
      examples: ['{"query": "{{remoteKey}}"}'],
    }),
    keyPattern: keyPattern('no request is sent', '(?<project>.+)!(?<iid>[0-9]+)'),
    privateHosts: {
      type: 'array',
      items: text('A host.', { format: 'host', patternErrorMessage: 'A host is an IP address or a host name.' }),
      description:
        'Hosts that may have a private or loopback address, never a link-local one or that of a metadata service. No request is sent to any other host that resolves to such an address.',
      minItems: 1,
    },
    mapping,
    states,
    people,
  },
} as const

const sqlSource = {
  ...closed,
  required: ['source', 'databaseUrl', 'query', 'mapping'],
  properties: {
    source: {
      const: 'sql',
      description: 'Objects are read from a PostgreSQL of the application with a read-only query.',
    },
    databaseUrl: secret('Address of that PostgreSQL; its user needs read access only.', {
      pattern: '^postgres(ql)?://',
      ...postgresAddressNotes,
      examples: [`\${CRM_DATABASE_URL}`],
    }),
    query: text(
      'The query; `{{remoteKey}}` (or `$1`) is the key, and `{{name}}` a named group of `keyPattern`, each sent as a value, without quotes. `mapping` gets its first row as an object: names of columns and their values.',
      {
        examples: ['SELECT title, state, changed_at FROM deals WHERE id = {{id}}'],
      },
    ),
    keyPattern: keyPattern('no query is sent', '(?<id>[0-9]{1,18})'),
    mapping,
    states,
    people,
  },
} as const

const moduleSource = {
  ...closed,
  required: ['source', 'file'],
  properties: {
    source: { const: 'module', description: 'Objects come from a function of your own.' },
    file: text(
      'A TypeScript or JavaScript file whose default export is the function, relative to the folder of this file.',
      { examples: ['crm-objects.ts'] },
    ),
    env: {
      type: 'object',
      description:
        'Environment variables of the function; their values are secrets. Of those of the server it sees only harmless ones, such as `PATH`, `TZ` and `HTTPS_PROXY`.',
      patternProperties: {
        '^[A-Za-z_][A-Za-z0-9_]*$': secret('Value of the variable.', { examples: [`\${CRM_TOKEN}`] }),
      },
      additionalProperties: false,
      patternErrorMessage:
        'The name of a variable has Latin letters, digits and underscores, and does not begin with a digit.',
      hint: `Write a name such as \`CRM_TOKEN\`, a colon, and its value: \`CRM_TOKEN: $\{CRM_TOKEN}\`.`,
    },
    mapping,
    states,
    people,
  },
} as const

export const objects = {
  ...taggedUnion('source', [storeSource, httpSource, sqlSource, moduleSource]),
  description: 'Where object info comes from.',
  default: { source: 'store' },
} as const

const wholeNumber = (description: string, minimum: number, maximum: number, standard: number) =>
  ({
    type: 'integer',
    description,
    minimum,
    maximum,
    patternErrorMessage: `It is a whole number from ${minimum} to ${maximum}.`,
    default: standard,
    examples: [standard],
  }) as const

export const defaultCards = {
  budgetMilliseconds: 800,
  maxAgeSeconds: 60,
  staleWhileRevalidateSeconds: 300,
  unknownSeconds: 30,
} as const

export const cards = {
  ...closed,
  description:
    'How long a card stays fresh, and how long a call waits for it. For the store only `budgetMilliseconds` matters: its cards are always up to date.',
  properties: {
    budgetMilliseconds: wholeNumber(
      'How long a call waits for the source, or for a database that does not answer; then the last good card is returned, marked.',
      50,
      5_000,
      defaultCards.budgetMilliseconds,
    ),
    maxAgeSeconds: wholeNumber(
      'How long a card is fresh: it is returned without asking the source.',
      0,
      86_400,
      defaultCards.maxAgeSeconds,
    ),
    staleWhileRevalidateSeconds: wholeNumber(
      'How long after that a stale card is still returned at once, while the source is asked for a new one.',
      0,
      86_400,
      defaultCards.staleWhileRevalidateSeconds,
    ),
    unknownSeconds: wholeNumber(
      'How long the source is not asked again for an object that it does not know.',
      0,
      3_600,
      defaultCards.unknownSeconds,
    ),
  },
} as const
