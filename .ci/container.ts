import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { ended } from '../test/support/start-program.ts'
import { type Program, run, start } from './programs.ts'

const isRoot = process.getuid?.() === 0
/** The user `node` of Node's images. */
export const imageUser = { uid: 1000, gid: 1000 }
const asImageUser = ['setpriv', `--reuid=${imageUser.uid}`, `--regid=${imageUser.gid}`, '--clear-groups']

export type Container = {
  program: Program
  /** Runs a command beside the program, as `docker exec` does. Returns what it printed; throws if it fails. */
  exec: (command: readonly string[]) => Promise<string>
  /** Sends SIGTERM, as `docker stop` does. Resolves with the exit code. */
  stop: () => Promise<number | null>
  /** Ends every process at once, as `docker kill` does. */
  kill: () => Promise<void>
}

/**
 * Runs a command almost as in a container, on a machine without an engine: as PID 1 of a process namespace of its own, as an
 * ordinary user, with no variable but `env`. Only root can do this; for others the command runs as it is.
 */
export function startContainer(
  t: Test,
  command: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Container {
  const inNamespace = ['unshare', '--pid', '--fork', '--mount-proc', ...asImageUser]
  const [first = '', ...rest] = [...(isRoot ? inNamespace : []), ...command]
  // `unshare` does not end on SIGTERM. SIGKILL to its group ends the first process of the namespace, and so all of them.
  const program = start(t, first, rest, options, 'SIGKILL')
  const outer = program.child.pid ?? 0
  const init = () => {
    if (!isRoot) return outer
    const child = Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').split(' ')[0])
    if (child > 0) return child
    throw new Error(`The program ended, or did not start yet:\n${program.output()}`)
  }
  const signal = (name: NodeJS.Signals) => {
    process.kill(init(), name)
    return ended(program.child)
  }
  return {
    program,
    exec: async words => {
      const enter = isRoot ? ['nsenter', `--target=${init()}`, '--pid', '--mount', ...asImageUser] : []
      const [name = '', ...args] = [...enter, ...words]
      return await run(name, args, options)
    },
    stop: () => signal('SIGTERM'),
    kill: async () => {
      await signal('SIGKILL')
    },
  }
}
