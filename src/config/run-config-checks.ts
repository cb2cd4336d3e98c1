import type { Fault } from '../errors/problem.ts'
import { applicationsOf } from './check-rules.ts'
import type { Path, PathFault } from './config-faults.ts'
import { fillApplication } from './fill-defaults.ts'
import type { Application, ApplicationEntry } from './schema.ts'

/**
 * Rules of a folder above, such as those of URL templates, told together with the faults of the file. A fault's `field` is a
 * path such as `applications/0/endpoints/entityInfo`, counted in the list that the check was given.
 */
export type ConfigCheck = (applications: readonly Application[]) => readonly Fault[]

/** Runs checks over the applications that have no fault of their own so far: those can be given their defaults. */
export function runConfigChecks(
  file: unknown,
  found: readonly PathFault[],
  checks: readonly ConfigCheck[],
  directory: string,
): PathFault[] {
  const spoiled = new Set(found.filter(({ path }) => path[0] === 'applications').map(({ path }) => path[1]))
  const positions: number[] = []
  const sound: Application[] = []
  // One with a fault has been told; what hangs on it is of no account here.
  const publicUrl = 'https://links.example.com'
  for (const [position, entry] of applicationsOf(file).entries()) {
    if (spoiled.has(position)) continue
    positions.push(position)
    sound.push(fillApplication(entry as ApplicationEntry, { publicUrl, directory }))
  }
  if (sound.length === 0) return []
  return checks
    .flatMap(check => check(sound))
    .map(({ field, rule, hint }) => ({ path: pathInFile(field, positions), rule, hint }))
}

/** A field that a check names, as a path of the file, in which applications with faults are counted too. */
function pathInFile(field: string, positions: readonly number[]): Path {
  const path = field.split('/').map(part => (/^\d+$/.test(part) ? Number(part) : part))
  const [top, position, ...rest] = path
  return top === 'applications' && typeof position === 'number' ? [top, positions[position] ?? position, ...rest] : path
}
