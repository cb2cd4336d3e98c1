import Type, { type Static } from 'typebox'

/**
 * The configuration file, once: the types, the checks, docs/configuration.md and tracker-links.schema.json are made from
 * it. Descriptions are written for the owner of an application.
 */

const address = (description: string) => Type.String({ description, pattern: '^https?://[^\\s]+$' })
const secret = (description: string) => Type.String({ description, minLength: 1 })
const closed = { additionalProperties: false }

const noAuthorization = Type.Object(
  { kind: Type.Literal('none', { description: 'Anybody may call. Told as a warning at every start.' }) },
  closed,
)

const tokenAuthorization = Type.Object(
  {
    kind: Type.Literal('token', { description: 'Tracker presents a fixed token: `oauthToken` of the registration.' }),
    tokens: Type.Array(
      secret(
        'A token. Several are valid at once, so that a token can be changed while Tracker still sends the old one.',
      ),
      { minItems: 1 },
    ),
    header: Type.Optional(
      Type.String({
        description: 'The header that carries the token; Tracker does not document its name.',
        pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        default: 'Authorization',
      }),
    ),
    schemes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), {
        description: 'What may stand before the token, in any case; `bare` is a token with nothing before it.',
        minItems: 1,
        default: ['OAuth', 'Bearer'],
      }),
    ),
  },
  closed,
)

const yandexIdVerifier = Type.Object(
  {
    kind: Type.Literal('yandexId', { description: 'Asks Yandex ID whose token it is.' }),
    url: Type.Optional(address('Address of the user info call. Default: https://login.yandex.ru/info')),
  },
  closed,
)

const trackerMyselfVerifier = Type.Object(
  {
    kind: Type.Literal('trackerMyself', { description: 'Asks Tracker whose token it is (its call `myself`).' }),
    url: Type.Optional(address("Address of Tracker's API. Default: https://api.tracker.yandex.net")),
    organization: Type.Object(
      {
        kind: Type.Union([Type.Literal('yandex360'), Type.Literal('cloud')], {
          description: '`yandex360` sends X-Org-ID, `cloud` sends X-Cloud-Org-ID.',
        }),
        id: Type.String({ description: 'Id of the organization.', minLength: 1 }),
      },
      closed,
    ),
  },
  closed,
)

const introspectionVerifier = Type.Object(
  {
    kind: Type.Literal('introspection', { description: 'Asks an OAuth 2.0 server (RFC 7662).' }),
    url: address('Address of the introspection call.'),
    clientId: Type.String({ description: 'Our id at that server.', minLength: 1 }),
    clientSecret: secret('Our secret at that server.'),
  },
  closed,
)

const userAuthorization = Type.Object(
  {
    kind: Type.Literal('user', { description: 'Tracker presents the token of the user on whose behalf it calls.' }),
    header: Type.Optional(
      Type.String({
        description: 'The header that carries the token.',
        pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        default: 'Authorization',
      }),
    ),
    schemes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), {
        description: 'As for `kind: token`.',
        minItems: 1,
        default: ['OAuth', 'Bearer'],
      }),
    ),
    verifier: Type.Union([yandexIdVerifier, trackerMyselfVerifier, introspectionVerifier], {
      description: 'Who tells whose token it is.',
    }),
    allow: Type.Object(
      {
        clientIds: Type.Optional(
          Type.Array(Type.String({ minLength: 1 }), {
            description:
              'OAuth clients whose tokens are let in (not with `trackerMyself`, which does not tell the client).',
          }),
        ),
        logins: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description: 'Logins that are let in.' })),
        uids: Type.Optional(
          Type.Array(Type.String({ pattern: '^[0-9]{1,19}$' }), {
            description: 'Uids that are let in, as strings of digits.',
          }),
        ),
      },
      { ...closed, minProperties: 1, description: 'Who is let in: every list that is given must hold the caller.' },
    ),
  },
  closed,
)

const application = Type.Object(
  {
    id: Type.String({
      description: "The application's id as registered in Tracker; also `origin` in its API.",
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    }),
    path: Type.Optional(
      Type.String({
        description: 'First segment of its addresses. Default: the id.',
        pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$',
      }),
    ),
    name: Type.String({ description: 'Name that Tracker shows to users.', minLength: 1 }),
    frontUrl: Type.String({
      description: "Template of the object's page, with `{{remoteKey}}`.",
      pattern: '^https?://.*\\{\\{remoteKey\\}\\}',
    }),
    defaultIconUrl: address('Icon of a card that has none of its own.'),
    responsible: Type.String({ description: 'Who answers for the application.', minLength: 1 }),
    endpoints: Type.Optional(
      Type.Object(
        {
          entityInfo: Type.Optional(
            Type.String({
              description:
                'Template of the entity info call, with `{{remoteKey}}`. Default: /PATH/objects/{{remoteKey}}',
              pattern: '^/',
            }),
          ),
          createLink: Type.Optional(
            Type.String({
              description: 'Address of the create link call, without placeholders. Default: /PATH/links',
              pattern: '^/',
            }),
          ),
          removeLink: Type.Optional(
            Type.String({
              description:
                'Template of the remove link call, with `{{issueKey}}` and `{{remoteKey}}`. Default: /PATH/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}',
              pattern: '^/',
            }),
          ),
        },
        { ...closed, description: 'Templates of the three calls, relative to `publicUrl`: any that Tracker accepts.' },
      ),
    ),
    authorization: Type.Union([noAuthorization, tokenAuthorization, userAuthorization], {
      description: 'Who may call.',
    }),
    objects: Type.Optional(
      Type.Object(
        { source: Type.Literal('store', { description: 'Objects that were imported.' }) },
        { ...closed, description: 'Where object info comes from.', default: { source: 'store' } },
      ),
    ),
    unknownObjects: Type.Optional(
      Type.Union([Type.Literal('accept'), Type.Literal('reject')], {
        description:
          'What becomes of a new link to an object that the source does not know: `accept` keeps it, `reject` answers 422 and writes nothing.',
        default: 'accept',
      }),
    ),
  },
  { ...closed, description: 'An external application, as registered in Tracker.' },
)

export const configSchema = Type.Object(
  {
    publicUrl: Type.String({
      description: 'Scheme, host and port under which Tracker reaches this server; no path.',
      pattern: '^https?://[^/\\s?#]+/?$',
    }),
    applications: Type.Array(application, { minItems: 1 }),
  },
  closed,
)

/** The configuration file as it is written, once checked. */
export type ConfigFile = Static<typeof configSchema>
/** One application of the file, defaults not yet filled in. */
export type ApplicationEntry = Static<typeof application>
export type Authorization = ApplicationEntry['authorization']
export type TokenAuthorization = Static<typeof tokenAuthorization>
export type UserAuthorization = Static<typeof userAuthorization>

/** An application with every default filled in: what the rest of the program works with. */
export type Application = Required<Omit<ApplicationEntry, 'endpoints' | 'objects'>> & {
  /** Templates relative to `publicUrl`. `removeLink` holds one template if it was set, else the three default ones. */
  endpoints: { entityInfo: string; createLink: string; removeLink: readonly string[] }
  objects: { source: 'store' }
}

/** The configuration that the program runs with. */
export type Config = { publicUrl: string; applications: readonly Application[] }
