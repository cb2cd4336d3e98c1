import type { Fault } from '../errors/problem.ts'
import { applicationsOf } from './check-rules.ts'
import type { Path, PathFault } from './config-faults.ts'
import { fillApplication } from './fill-defaults.ts'
import type { Application, ApplicationEntry } from './schema.ts'

/**
 * A check that a higher folder passes in, such as that of URL templates; its faults are reported together with those of the
 * file. A fault's `field` is a path such as `applications/0/endpoints/entityInfo`, with the position in the list that the
 * check was given.
 */
export type ConfigCheck = (applications: readonly Application[]) => readonly Fault[]

/**
 * Runs checks over the applications. What of one is faulty so far is left out or replaced before, so that all other faults are
 * told in the same pass; what a check says of a replacement is not told.
 */
export function runConfigChecks(
  file: unknown,
  found: readonly PathFault[],
  checks: readonly ConfigCheck[],
  directory: string,
): PathFault[] {
  const positions: number[] = []
  const sound: Application[] = []
  // That of the file may have a fault, which was reported already. No check depends on it.
  const publicUrl = 'https://links.example.com'
  for (const [position, entry] of applicationsOf(file).entries()) {
    const faulty = found.map(({ path }) => path).filter(path => path[0] === 'applications' && path[1] === position)
    const mended = mendEntry(entry, faulty, position)
    if (mended === undefined) continue
    positions.push(position)
    sound.push(fillApplication(mended, { publicUrl, directory }))
  }
  if (sound.length === 0) return []
  const isFaulty = (path: Path) => found.some(fault => fault.path.every((part, index) => path[index] === part))
  return checks
    .flatMap(check => check(sound))
    .map(({ field, rule, hint }) => ({ path: pathInFile(field, positions), rule, hint }))
    .filter(({ path }) => !isFaulty(path))
}

/** What an application needs at least; no check finds a fault in it. */
const standIn = {
  name: 'application',
  frontUrl: 'https://application.example.com/{{remoteKey}}',
  responsible: 'nobody@example.com',
  authorization: { kind: 'none' },
} as const

/** An entry without what is faulty in it: a key of it, or a single template. Undefined if it is no block at all. */
function mendEntry(entry: unknown, faulty: readonly Path[], position: number): ApplicationEntry | undefined {
  if (faulty.length === 0) return entry as ApplicationEntry
  if (faulty.some(path => path.length < 3) && !isBlock(entry)) return undefined
  const rest: Record<string, unknown> = { ...(entry as object) }
  const endpoints = isBlock(rest.endpoints) ? { ...rest.endpoints } : undefined
  for (const [, , name, inside] of faulty) {
    if (name === 'endpoints' && endpoints && typeof inside === 'string') delete endpoints[inside]
    else if (name !== undefined) delete rest[name]
  }
  if (rest.endpoints !== undefined) rest.endpoints = endpoints
  // Its addresses must not meet those of another application.
  const id = typeof rest.id === 'string' ? rest.id : `application-${position}`
  return { ...standIn, ...rest, id }
}

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The path in the file for a field that a check names: the file also has the applications that were left out. */
function pathInFile(field: string, positions: readonly number[]): Path {
  const path = field.split('/').map(part => (/^\d+$/.test(part) ? Number(part) : part))
  const [top, position, ...rest] = path
  return top === 'applications' && typeof position === 'number' ? [top, positions[position] ?? position, ...rest] : path
}
