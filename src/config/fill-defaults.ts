import { defaultHeader, defaultSchemes, defaultVerifierUrls } from './authorization-schema.ts'
import { defaultRate, defaultTokenSchemes, defaultTrackerUrl } from './organization-schema.ts'
import type {
  Application,
  ApplicationEntry,
  Authorization,
  Config,
  ConfigFile,
  Organization,
  OrganizationEntry,
  UserAuthorization,
} from './schema.ts'

/** The configuration that a checked file means: every key that was left out has its default. */
export function fillDefaults(file: ConfigFile): Config {
  // Without the slash that may stand at its end, so that a template can follow it.
  return {
    publicUrl: new URL(file.publicUrl).origin,
    applications: file.applications.map(fillApplication),
    organizations: Object.entries(file.organizations ?? {}).map(([name, entry]) => fillOrganization(name, entry)),
  }
}

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
export function fillApplication(entry: ApplicationEntry): Application {
  const path = entry.path ?? entry.id
  const { entityInfo, createLink, removeLink } = entry.endpoints ?? {}
  return {
    ...entry,
    path,
    endpoints: {
      entityInfo: entityInfo ?? `/${path}/objects/{{remoteKey}}`,
      createLink: createLink ?? `/${path}/links`,
      removeLink: removeLink === undefined ? defaultRemoveLinks(path) : [removeLink],
    },
    authorization: fillAuthorization(entry.authorization),
    objects: entry.objects ?? { source: 'store' },
    unknownObjects: entry.unknownObjects ?? 'accept',
  }
}

/** The first is the one for the registration sheet: with the keys in the query no key can be taken for the other. */
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
  return { ...authorization, ...carried, verifier: fillVerifier(authorization.verifier) }
}

function fillVerifier(verifier: UserAuthorization['verifier']): UserAuthorization['verifier'] {
  return verifier.kind === 'introspection' ? verifier : { url: defaultVerifierUrls[verifier.kind], ...verifier }
}
