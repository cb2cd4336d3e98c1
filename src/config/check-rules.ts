import type { PathFault } from './config-faults.ts'

// The rules that no schema can say, on a file that may have other faults as well: whatever has the wrong type is passed
// over, since the schema tells it.

/** Ids are unique, and so are paths, of which the id is the default. */
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
    // Without a path of its own an application answers under its id; one that is taken has been told just now.
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
  rule: 'Without a `path` of its own the application would answer under `/health`, which is the address of the health check',
  hint: 'Give it a `path`.',
}

/** Client ids beside a verifier that tells whose a token is, but not for which client it was made. */
export function uselessClientIds(file: unknown): PathFault[] {
  return applicationsOf(file).flatMap((application, index) => {
    const authorization = key(application, 'authorization')
    const verifier = key(key(authorization, 'verifier'), 'kind')
    if (verifier !== 'trackerMyself' || key(key(authorization, 'allow'), 'clientIds') === undefined) return []
    const path = ['applications', index, 'authorization', 'allow', 'clientIds']
    return [{ path, atKey: true, ...clientUntold }]
  })
}

const clientUntold = {
  rule: 'The verifier `trackerMyself` does not tell for which client a token was made, so nobody could be let in',
  hint: 'Use `logins` or `uids`, or another verifier.',
}

/** The entries of `applications`, where it is a list. */
export function applicationsOf(file: unknown): readonly unknown[] {
  const applications = key(file, 'applications')
  return Array.isArray(applications) ? applications : []
}

/** What stands behind a key, where there is a block with this key. */
const key = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
