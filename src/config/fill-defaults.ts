import { resolve } from 'node:path'
import type {
  Application,
  ApplicationEntry,
  Authorization,
  Config,
  ConfigFile,
  ObjectSourceConfig,
  Organization,
  OrganizationEntry,
  SandboxConfig,
  SandboxEntry,
  Schedule,
  UserAuthorization,
} from './schema.ts'
import {
  defaultHeader,
  defaultSchemes,
  defaultUnknownTokens,
  defaultVerifierUrls,
} from './schemas/authorization-schema.ts'
import { defaultCards } from './schemas/object-source-schema.ts'
import { defaultRate, defaultTokenSchemes, defaultTrackerUrl } from './schemas/organization-schema.ts'
import { defaultProbeDays } from './schemas/probe-schema.ts'
import { defaultSchedule, hoursOf } from './schemas/reconciliation-schema.ts'
import { defaultRetention } from './schemas/retention-schema.ts'

/** What the defaults of an application depend on. Names of files are relative to `directory`. */
export type Surroundings = { publicUrl: string; directory: string; organizations?: readonly string[] }

/**
 * The configuration of a checked file: every key that was left out has its default. `directory` is the folder of the file.
 */
export function fillDefaults(file: ConfigFile, directory: string): Config {
  // Without a slash at its end, so that a template can follow it.
  const publicUrl = new URL(file.publicUrl).origin
  const organizations = Object.entries(file.organizations ?? {}).map(([name, entry]) => fillOrganization(name, entry))
  const surroundings = { publicUrl, directory, organizations: organizations.map(({ name }) => name) }
  return {
    publicUrl,
    applications: file.applications.map(entry => fillApplication(entry, surroundings)),
    organizations,
    retention: { ...defaultRetention, ...file.retention },
    sandbox: fillSandbox(file.sandbox),
  }
}

export const fillSandbox = ({
  tokens = [],
  organizationRequired,
  applications = {},
}: SandboxEntry = {}): SandboxConfig => ({
  tokens,
  organizationRequired,
  applications,
})

function fillOrganization(name: string, entry: OrganizationEntry): Organization {
  return {
    scheme: defaultTokenSchemes[entry.kind],
    ...entry,
    name,
    url: new URL(entry.url ?? defaultTrackerUrl).href.replace(/\/+$/, ''),
    rate: { ...defaultRate, ...entry.rate },
  }
}

/** One checked application with its defaults. */
export function fillApplication(entry: ApplicationEntry, surroundings: Surroundings): Application {
  const { publicUrl, directory, organizations: [only, ...others] = [] } = surroundings
  const path = entry.path ?? entry.id
  const { entityInfo, createLink, removeLink } = entry.endpoints ?? {}
  const { probe, ...written } = entry
  return {
    ...written,
    ...(probe && { probe: { days: (probe === true ? undefined : probe.days) ?? defaultProbeDays } }),
    path,
    defaultIconUrl: entry.defaultIconUrl ?? `${publicUrl}/${path}/icons/unknown.svg`,
    endpoints: {
      entityInfo: entityInfo ?? `/${path}/objects/{{remoteKey}}`,
      createLink: createLink ?? `/${path}/links`,
      removeLink: removeLink === undefined ? defaultRemoveLinks(path) : [removeLink],
    },
    authorization: fillAuthorization(entry.authorization),
    objects: fillObjects(entry.objects ?? { source: 'store' }, directory),
    cards: { ...defaultCards, ...entry.cards },
    unknownObjects: entry.unknownObjects ?? 'accept',
    organization: entry.organization ?? (others.length === 0 ? only : undefined),
    mirror: entry.mirror ?? false,
    reconciliation: fillSchedule(entry.reconciliation),
  }
}

const fillSchedule = (entry: ApplicationEntry['reconciliation']): Schedule | undefined =>
  entry && { everyHours: hoursOf(entry.every), repair: entry.repair ?? defaultSchedule.repair }

function fillObjects(objects: ObjectSourceConfig, directory: string): ObjectSourceConfig {
  const { people } = objects
  return {
    ...objects,
    ...(objects.source === 'module' && { file: resolve(directory, objects.file) }),
    ...(people && { people: { ...people, ...(people.file && { file: resolve(directory, people.file) }) } }),
  }
}

/** The first is for the registration sheet: with the keys in the query, neither can be mistaken for the other. */
const defaultRemoveLinks = (path: string) => [
  `/${path}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
  `/${path}/links/{{issueKey}}/{{remoteKey}}`,
  `/${path}/links/{{remoteKey}}/{{issueKey}}`,
]

function fillAuthorization(authorization: Authorization): Authorization {
  if (authorization.kind === 'none') return authorization
  const carried = {
    header: authorization.header ?? defaultHeader,
    schemes: authorization.schemes ?? defaultSchemes,
  }
  if (authorization.kind === 'token') return { ...authorization, ...carried }
  const unknownTokens = { ...defaultUnknownTokens, ...authorization.unknownTokens }
  return { ...authorization, ...carried, verifier: fillVerifier(authorization.verifier), unknownTokens }
}

function fillVerifier(verifier: UserAuthorization['verifier']): UserAuthorization['verifier'] {
  return verifier.kind === 'introspection' ? verifier : { url: defaultVerifierUrls[verifier.kind], ...verifier }
}
