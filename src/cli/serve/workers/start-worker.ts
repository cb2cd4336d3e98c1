import { type ChildProcess, spawn } from 'node:child_process'
import type { Bound } from './bind-listeners.ts'
import { type Channel, openChannel } from './channel.ts'
import { workerMark } from './is-worker.ts'
import type { PrimaryAnswers, Task, WorkerAnswers } from './words.ts'

export type Worker = {
  process: ChildProcess
  channel: Channel<WorkerAnswers>
  /** It answers calls. */
  isReady: boolean
  /** It answers its last calls, or none any more. */
  isStopping: boolean
  /** When it became ready, in milliseconds of a clock that never jumps. */
  readyAt: number
}

/** Descriptors of a child that are taken: standard input, output and error, and the channel. */
const firstDescriptor = 4

/**
 * Starts this program once more, by the same command line and with the same options of Node. It has the sockets of both
 * listeners, and no more to do than what it is asked for.
 */
export function startWorker(
  answers: PrimaryAnswers,
  { listeners, env }: { listeners: { public: Bound; admin: Bound }; env: NodeJS.ProcessEnv },
): Worker {
  const [publicSockets, adminSockets] = [descriptorsOf(listeners.public), descriptorsOf(listeners.admin)]
  const child = spawn(process.execPath, [...process.execArgv, '--', ...process.argv.slice(1)], {
    env: { ...env, [workerMark]: '1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...publicSockets, ...adminSockets],
    // A configuration may hold what JSON does not.
    serialization: 'advanced',
  })
  // Whoever waits for its end hears of a start that failed.
  child.on('error', () => {})
  const channel = openChannel<WorkerAnswers>(child, answers)
  return { process: child, channel, isReady: false, isStopping: false, readyAt: 0 }
}

/** The first is there twice: Fastify's own server gives it a short queue, and one beside it a long one again, see listen.ts. */
const descriptorsOf = ({ sockets }: Bound): number[] => {
  const [first, ...others] = sockets.map(socket => socket.fd())
  return first === undefined ? [] : [first, first, ...others]
}

const from = (start: number, count: number) => Array.from({ length: count }, (_, index) => start + index)

/** The numbers of the sockets in a worker. */
export function descriptorsInWorker(listeners: { public: Bound; admin: Bound }): Task['descriptors'] {
  const counts = { public: listeners.public.sockets.length + 1, admin: listeners.admin.sockets.length + 1 }
  return {
    public: from(firstDescriptor, counts.public),
    admin: from(firstDescriptor + counts.public, counts.admin),
  }
}

/** The exit code of a worker, or the signal that ended it; a negative code if the system could not start it. */
export async function endOf({ process: child }: Worker): Promise<number | string> {
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const { promise, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  // An error may also be a signal that could not be sent.
  child.on('error', () => hasEnded() && resolve())
  if (!hasEnded()) await promise
  return child.exitCode ?? child.signalCode ?? 1
}
