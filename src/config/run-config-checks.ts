import type { Fault } from '../errors/problem.ts'
import { applicationsOf } from './check-rules.ts'
import type { Path, PathFault } from './config-faults.ts'
import { fillApplication } from './fill-defaults.ts'
import type { Application } from './schema.ts'
import { isEcho, withStandIns } from './stand-ins.ts'

/**
 * A check that a higher folder passes in, such as that of URL templates; its faults are reported together with those of the
 * file. A fault's `field` is a path such as `applications/0/endpoints/entityInfo`, with the position in the list that the
 * check was given.
 */
export type ConfigCheck = (applications: readonly Application[]) => readonly Fault[]

/** Runs checks over the applications. A part that has a fault already is left out of them, see stand-ins.ts. */
export function runConfigChecks(
  file: unknown,
  found: readonly PathFault[],
  checks: readonly ConfigCheck[],
  directory: string,
): PathFault[] {
  const spoiled = found.map(({ path }) => path).filter(([top]) => top === 'applications')
  const positions: number[] = []
  const sound: Application[] = []
  // That of the file may have a fault, which was reported already. No check depends on it.
  const publicUrl = 'https://links.example.com'
  for (const [position, entry] of applicationsOf(file).entries()) {
    const inside = spoiled.filter(([, at]) => at === position).map(path => path.slice(2))
    const whole = withStandIns(entry, position, inside)
    if (whole === undefined) continue
    positions.push(position)
    sound.push(fillApplication(whole, { publicUrl, directory }))
  }
  if (sound.length === 0) return []
  return checks
    .flatMap(check => check(sound))
    .map(({ field, rule, hint }) => ({ path: pathInFile(field, positions), rule, hint }))
    .filter(({ path }) => !isEcho(path, spoiled))
}

/** The path in the file for a field that a check names: the file also has the applications that were left out. */
function pathInFile(field: string, positions: readonly number[]): Path {
  const path = field.split('/').map(part => (/^\d+$/.test(part) ? Number(part) : part))
  const [top, position, ...rest] = path
  return top === 'applications' && typeof position === 'number' ? [top, positions[position] ?? position, ...rest] : path
}
