import type { XStatic } from 'typebox/schema'
import { authorization, type tokenAuthorization, type userAuthorization } from './schemas/authorization-schema.ts'
import { cards, type defaultCards, objects } from './schemas/object-source-schema.ts'
import { organizations } from './schemas/organization-schema.ts'
import { probe } from './schemas/probe-schema.ts'
import { type defaultSchedule, reconciliation, type repairs } from './schemas/reconciliation-schema.ts'
import { type defaultRetention, retention } from './schemas/retention-schema.ts'
import { sandbox } from './schemas/sandbox-schema.ts'
import { address, closed, text } from './schemas/schema-parts.ts'
import { triggers } from './schemas/triggers-schema.ts'

/**
 * The configuration file, defined once: the types, the checks, docs/configuration.md and tracker-links.schema.json are made
 * from it. Descriptions are written for the owner of an application.
 */

const template = (description: string, example: string) =>
  text(description, {
    pattern: '^/',
    patternErrorMessage: 'It starts with `/`: it is the part of the address that follows `publicUrl`.',
    examples: [example],
  })

const endpoints = {
  ...closed,
  description: 'Templates of the three calls, relative to `publicUrl`: any that Tracker accepts.',
  properties: {
    entityInfo: template(
      'Template of the entity info call, with `{{remoteKey}}`. Default: `/PATH/objects/{{remoteKey}}`',
      '/crm/objects/{{remoteKey}}',
    ),
    createLink: template('Address of the create link call, without placeholders. Default: `/PATH/links`', '/crm/links'),
    removeLink: template(
      'Template of the remove link call, with `{{issueKey}}` and `{{remoteKey}}`. Default: `/PATH/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`; `/PATH/links/{{issueKey}}/{{remoteKey}}` and the same with the keys in the other order are then accepted, too.',
      '/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}',
    ),
  },
} as const

const application = {
  ...closed,
  description: 'An external application, as registered in Tracker.',
  required: ['id', 'name', 'frontUrl', 'responsible', 'authorization'],
  properties: {
    id: text("The application's id as registered in Tracker; also `origin` in its API.", {
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      patternErrorMessage:
        'An id has 1 to 64 Latin letters, digits, dots, underscores and hyphens, and starts with a letter or a digit.',
      examples: ['ru.example.crm'],
    }),
    path: text('First segment of its addresses; not `health`. Default: the id.', {
      pattern: '^(?!health$)[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$',
      patternErrorMessage:
        'A path is one segment without slashes: 1 to 64 Latin letters, digits and `.` `_` `~` `-`, starting with a letter or a digit. `health` is reserved for the server.',
      examples: ['crm'],
    }),
    name: text('Name that Tracker shows to users.', { examples: ['Example CRM'] }),
    frontUrl: text("Template of the object's page, with `{{remoteKey}}`.", {
      pattern: '^https?://[^/?#{]+[/?#].*\\{\\{remoteKey\\}\\}',
      format: 'front-url',
      patternErrorMessage:
        'It starts with https:// or http://, and has `{{remoteKey}}`, written exactly so, once after the host, and no other placeholder.',
      examples: ['https://crm.example.com/deals/{{remoteKey}}'],
    }),
    defaultIconUrl: address('Icon of a card that has none of its own. Default: a built-in one', {
      examples: ['https://crm.example.com/icon.svg'],
    }),
    responsible: text('Who answers for the application.', { examples: ['crm-team@example.com'] }),
    endpoints,
    authorization,
    objects,
    cards,
    unknownObjects: {
      enum: ['accept', 'reject'],
      description:
        'What happens to a new link to an object that the source does not know: `accept` keeps it, `reject` answers 422 and writes nothing.',
      default: 'accept',
    },
    organization: text(
      'The organization whose Tracker has the issues: a name from `organizations`. Default: the only one, if there is exactly one',
      { examples: ['main'] },
    ),
    mirror: {
      type: 'boolean',
      description:
        'Whether links that are created or removed here, and not by Tracker, are created and removed in Tracker as well.',
      default: false,
      examples: [true],
    },
    reconciliation,
    triggers,
    probe,
  },
} as const

export const configSchema = {
  ...closed,
  required: ['publicUrl', 'applications'],
  properties: {
    publicUrl: text('Scheme, host and port under which Tracker reaches this server; no path.', {
      pattern: '^https?://[^/\\s?#@]+/?$',
      format: 'uri',
      patternErrorMessage: 'It is https:// or http://, a host and optionally a port: no path, no user name.',
      hint: 'Write something like `https://links.example.com`; put a path in `endpoints` of the application.',
      examples: ['https://links.example.com'],
    }),
    applications: {
      type: 'array',
      items: application,
      description: 'The external applications that are served.',
      minItems: 1,
    },
    organizations,
    retention,
    sandbox,
  },
} as const

/** The configuration file as it is written, after it was checked. */
export type ConfigFile = XStatic<typeof configSchema>
/** One application of the file, defaults not yet filled in. */
export type ApplicationEntry = XStatic<typeof application>
/** Where the objects of an application come from; `source` says which kind. Files in it are absolute paths. */
export type ObjectSourceConfig = XStatic<typeof objects>
export type MappingConfig = Extract<ObjectSourceConfig, { source: 'http' }>['mapping']
export type StateRules = NonNullable<ObjectSourceConfig['states']>
export type OrganizationEntry = NonNullable<ConfigFile['organizations']>[string]
export type SandboxEntry = NonNullable<ConfigFile['sandbox']>
export type Authorization = ApplicationEntry['authorization']
export type TokenAuthorization = XStatic<typeof tokenAuthorization>
export type UserAuthorization = XStatic<typeof userAuthorization>

/**
 * An application with every default filled in, as the rest of the program uses it. `header`, `schemes` and a verifier's `url`
 * in `authorization` are always set as well.
 */
export type Application = Required<
  Omit<ApplicationEntry, 'endpoints' | 'objects' | 'cards' | 'organization' | 'reconciliation' | 'triggers' | 'probe'>
> &
  Pick<ApplicationEntry, 'triggers'> & {
    /** Undefined: off. */
    probe?: { days: number }
    /** Undefined: only when somebody asks for it. */
    reconciliation: Schedule | undefined
    /** A name from `organizations`; undefined if there is none, or several and none was chosen. */
    organization: string | undefined
    /** Templates relative to `publicUrl`. `removeLink` holds one template if it was set, else the three default ones. */
    endpoints: { entityInfo: string; createLink: string; removeLink: readonly string[] }
    objects: ObjectSourceConfig
    cards: { [Key in keyof typeof defaultCards]: number }
  }

/** What a reconciliation may repair. */
export type RepairOf = (typeof repairs)[number]

/** When reconciliations begin by themselves, and what they may repair. */
export type Schedule = { everyHours: number } & { [Key in keyof typeof defaultSchedule]: RepairOf }

/** An organization of Tracker, by its name in the file, with every default filled in. `url` has no slash at its end. */
export type Organization = {
  name: string
  kind: 'yandex360' | 'cloud'
  id: string
  token: string
  scheme: 'OAuth' | 'Bearer'
  url: string
  /** The most requests per second. */
  rate: { search: number; other: number }
}

/** How long what is kept stays; undefined: for ever. */
export type Retention = { eventDays?: number; lastGoodCardDays?: number } & {
  [Key in keyof typeof defaultRetention]: number
}

/** The configuration that the program runs with. */
export type Config = {
  publicUrl: string
  applications: readonly Application[]
  organizations: readonly Organization[]
  retention: Retention
  sandbox: SandboxConfig
}

/** What the sandbox is started with; without `tokens` it accepts any. */
export type SandboxConfig = {
  tokens: NonNullable<SandboxEntry['tokens']>
  organizationRequired: boolean | undefined
  applications: NonNullable<SandboxEntry['applications']>
}
