import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ClusterPaths } from './cluster-paths.ts'

/** The content of `postmaster.pid`: the process id of Postgres, and whether it accepts connections. */
export type PostmasterFile = { pid: number; ready: boolean }

/** Reads `postmaster.pid`; undefined if it does not exist or is not written yet. */
export async function readPostmasterFile(paths: ClusterPaths): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(paths.cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  // Line 8 is the status (PostgreSQL's pidfile.h).
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined
}

/** Whether a process is alive and is the Postgres of this cluster: the process id alone may have been reused. */
export async function isPostmasterOf(paths: ClusterPaths, pid: number): Promise<boolean> {
  const args = await commandLine(pid)
  const at = args.indexOf('-D')
  // ps (macOS) prints all arguments as one text, which does not show where each of them ends.
  return at >= 0 ? args[at + 1] === paths.cluster : args.some(text => text.includes(` -D ${paths.cluster} `))
}

async function commandLine(pid: number): Promise<string[]> {
  if (process.platform === 'linux') {
    // Empty for a process that was killed and not yet reaped, which no longer holds anything.
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return text.split('\0')
  }
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return [stdout]
}
