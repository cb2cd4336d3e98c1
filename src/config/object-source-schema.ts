import { mapping, people, states } from './card-making-schema.ts'
import { closed, secret, taggedUnion, text } from './schema-parts.ts'

/** `objects` and `cards` of an application: where object info comes from, and how long an answer from there counts. */

const storeSource = {
  ...closed,
  required: ['source'],
  properties: {
    source: { const: 'store', description: 'Objects that were pushed or imported into the store.' },
    states,
    people,
  },
} as const

const httpSource = {
  ...closed,
  required: ['source', 'url', 'mapping'],
  properties: {
    source: { const: 'http', description: 'An HTTP API of the application is asked.' },
    url: text(
      'Template of the address that is asked: `{{remoteKey}}`, or the groups of `keyPattern` by their names, are filled in, percent-encoded. The host is written out.',
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
      hint: 'Write a name such as `Authorization`, and its value behind it.',
    },
    body: text('JSON body of a POST; placeholders as in `url` stand inside its strings.', {
      examples: ['{"query": "{{remoteKey}}"}'],
    }),
    keyPattern: text(
      'JavaScript regular expression (flags `s` and `u`) that a key fits as a whole, with named groups. A key that does not fit is unknown; nobody is asked.',
      { examples: ['(?<project>.+)!(?<iid>[0-9]+)'] },
    ),
    privateHosts: {
      type: 'array',
      items: text('A host.', { format: 'host', patternErrorMessage: 'A host is an IP address or a host name.' }),
      description:
        'Hosts that may be at a private or loopback address, never at a link-local one. Any other host that turns out to be there is not asked.',
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
    source: { const: 'sql', description: 'A query is run on a PostgreSQL of the application, read-only.' },
    databaseUrl: secret('Address of that PostgreSQL; its user needs to read only.', {
      pattern: '^postgres(ql)?://',
      format: 'postgres-address',
      patternErrorMessage: 'It is postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded.',
      examples: [`\${CRM_DATABASE_URL}`],
    }),
    query: text('The query; `$1` is the key. Its first row is what `mapping` gets, columns by their names.', {
      examples: ['SELECT title, state, changed_at FROM deals WHERE id::text = $1'],
    }),
    mapping,
    states,
    people,
  },
} as const

const moduleSource = {
  ...closed,
  required: ['source', 'file'],
  properties: {
    source: { const: 'module', description: 'A function of your own is asked.' },
    file: text(
      'A TypeScript or JavaScript file whose default export is the function, relative to the folder of this file.',
      { examples: ['crm-objects.ts'] },
    ),
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
    'How long a card counts, and is waited for. Of the store only `budgetMilliseconds` matters: its cards are always true.',
  properties: {
    budgetMilliseconds: wholeNumber(
      'How long a call waits for the source, or for a database that does not answer; then the last good card is the answer, marked.',
      50,
      5_000,
      defaultCards.budgetMilliseconds,
    ),
    maxAgeSeconds: wholeNumber(
      'How long a card counts as it is; the source is not asked.',
      0,
      86_400,
      defaultCards.maxAgeSeconds,
    ),
    staleWhileRevalidateSeconds: wholeNumber(
      'How long after that a card is still the answer at once, while the source is asked for the next call.',
      0,
      86_400,
      defaultCards.staleWhileRevalidateSeconds,
    ),
    unknownSeconds: wholeNumber(
      'How long an object that the source does not know is not asked for again.',
      0,
      3_600,
      defaultCards.unknownSeconds,
    ),
  },
} as const
