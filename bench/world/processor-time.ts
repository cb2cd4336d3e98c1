import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc in a second: the same on every Linux that Node runs on. */
const ticks = 100

/**
 * Seconds of processor time, user and system, that a process had so far; undefined without /proc, which Linux has. `withChildren`:
 * and its children, those that have ended too (PostgreSQL has a process for each connection).
 */
export function processorTime(pid: number, { withChildren = false } = {}): number | undefined {
  if (process.platform !== 'linux') return undefined
  const own = statOf(pid)
  if (own === undefined) return undefined
  if (!withChildren) return own.time / ticks
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => statOf(Number(name)))
    .filter(stat => stat?.parent === pid)
  return children.reduce((total, stat) => total + (stat?.time ?? 0), own.time + own.ended) / ticks
}

function statOf(pid: number): { parent: number; time: number; ended: number } | undefined {
  try {
    // The name of the program stands in parentheses, and may hold spaces and parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number)
    const [, parent = 0] = fields
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15)
    return { parent, time: user + system, ended: endedUser + endedSystem }
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}
