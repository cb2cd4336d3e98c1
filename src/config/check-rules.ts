import type { PathFault } from './config-faults.ts'
import { isPlainName } from './plain-name.ts'

// Rules that a schema cannot express. The file may have other faults: values of the wrong type are skipped, since the check
// of the schema reports them.

/** Ids are unique, and so are paths; the default of a path is the id. */
export function repeatedAddresses(file: unknown): PathFault[] {
  const faults: PathFault[] = []
  const ids = new Map<string, number>()
  const paths = new Map<string, number>()
  for (const [index, application] of applicationsOf(file).entries()) {
    const id = key(application, 'id')
    const own = key(application, 'path')
    const idTaken = typeof id === 'string' && ids.has(id)
    if (idTaken) faults.push({ path: ['applications', index, 'id'], ...taken('id', ids.get(id)) })
    else if (typeof id === 'string') ids.set(id, index)
    // Without a `path`, an application answers under its id. An id that is taken has just been reported.
    const path = own ?? (idTaken ? undefined : id)
    if (typeof path !== 'string') continue
    const field = own === undefined ? 'id' : 'path'
    if (paths.has(path)) faults.push({ path: ['applications', index, field], ...taken('path', paths.get(path)) })
    else paths.set(path, index)
    if (path === 'health' && field === 'id') faults.push({ path: ['applications', index, field], ...healthTaken })
  }
  return faults
}

const taken = (what: string, index: number | undefined) => ({
  rule: `applications[${index}] has this ${what} already`,
  hint: `Give each application ${what === 'id' ? 'an id' : 'a `path`'} of its own.`,
})

const healthTaken = {
  rule: 'Without a `path`, the application would answer under `/health`, which is the address of the health check',
  hint: 'Give it a `path`.',
}

/** Client ids beside a verifier that returns the owner of a token, but not the client that it was issued to. */
export function uselessClientIds(file: unknown): PathFault[] {
  return applicationsOf(file).flatMap((application, index) => {
    const authorization = key(application, 'authorization')
    const verifier = key(key(authorization, 'verifier'), 'kind')
    if (verifier !== 'trackerMyself' || key(key(authorization, 'allow'), 'clientIds') === undefined) return []
    const path = ['applications', index, 'authorization', 'allow', 'clientIds']
    return [{ path, atKey: true, ...clientUnknown }]
  })
}

const clientUnknown = {
  rule: 'The verifier `trackerMyself` does not return the client of a token, so nobody could call',
  hint: 'Use `logins` or `uids`, or another verifier.',
}

/** Applications of an organization that is not configured, and those that shall be mirrored without one. */
export function organizationFaults(file: unknown): PathFault[] {
  const organizations = key(file, 'organizations')
  // What is no block has a fault already, and so has a name of a wrong form, which may be a token.
  const names = Object.keys(typeof organizations === 'object' && organizations !== null ? organizations : {})
  return applicationsOf(file).flatMap((application, index) => {
    const organization = key(application, 'organization')
    const path = ['applications', index]
    if (typeof organization === 'string' && organization !== '' && !names.includes(organization))
      return [{ path: [...path, 'organization'], ...unknownOrganization(organization, names) }]
    if (organization !== undefined || key(application, 'mirror') !== true || names.length === 1) return []
    return [{ path: [...path, 'mirror'], ...noOrganization(names) }]
  })
}

const plainNames = (names: readonly string[]) => names.filter(isPlainName).join(', ')

const unknownOrganization = (organization: string, names: readonly string[]) => ({
  rule: `There is no organization ${isPlainName(organization) ? organization : 'of this name'}`,
  hint:
    names.length === 0
      ? 'Add it under `organizations`, with `kind`, `id` and `token`; or remove this key.'
      : `Write the name of one of the organizations: ${plainNames(names)}.`,
})

const noOrganization = (names: readonly string[]) => ({
  rule: 'Without an organization there is no Tracker to mirror to',
  hint:
    names.length === 0
      ? 'Add `organizations` with the one whose Tracker has the issues (its `kind`, `id` and `token`), or write `mirror: false`.'
      : `Name the one whose Tracker has the issues in \`organization\`: ${plainNames(names)}.`,
})

/** Tokens of the sandbox that two entries have, and applications of it that are not configured. */
export function sandboxFaults(file: unknown): PathFault[] {
  const sandbox = key(file, 'sandbox')
  const tokens = key(sandbox, 'tokens')
  const owners = new Map<unknown, number>()
  const repeated = (Array.isArray(tokens) ? tokens : []).flatMap((entry, index) => {
    const token = key(entry, 'token')
    const first = owners.get(token)
    if (first === undefined || typeof token !== 'string') owners.set(token, index)
    if (first === undefined || typeof token !== 'string') return []
    const rule = `sandbox.tokens[${first}] has this token already`
    return [{ path: ['sandbox', 'tokens', index, 'token'], rule, hint: 'Give each entry a token of its own.' }]
  })
  const ids = applicationsOf(file).map(application => key(application, 'id'))
  const calls = key(sandbox, 'applications')
  const unknown = Object.keys(typeof calls === 'object' && calls !== null ? calls : {}).filter(id => !ids.includes(id))
  return [
    ...repeated,
    ...unknown.map(id => ({
      path: ['sandbox', 'applications', id],
      rule: `There is no application ${isPlainName(id) ? id : 'of this name'}`,
      hint: `Write the id of one of the applications: ${ids.filter(one => typeof one === 'string').join(', ')}.`,
    })),
  ]
}

/** The entries of `applications`; none if it is not a list. */
export function applicationsOf(file: unknown): readonly unknown[] {
  const applications = key(file, 'applications')
  return Array.isArray(applications) ? applications : []
}

/** The value of a key; undefined if there is no block with this key. */
const key = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
