import { type ChildProcess, fork } from 'node:child_process'
import type { ModuleAnswer, ModuleQuestion } from './answer-questions.ts'

/** Compiled along with this file, so with the same extension. */
const program = import.meta.filename.replace(/module-process(\.[jt]s)$/, 'answer-questions$1')

/** A process ended, or was ended, before it answered. */
export class ProcessEnded extends Error {}

/** A process that runs a module, with 128 MB for its objects. It keeps this process alive only while it starts or is asked. */
export type ModuleProcess = {
  child: ChildProcess
  /** The question in flight. */
  question: PromiseWithResolvers<ModuleAnswer> | undefined
  isAlive: boolean
  ended: () => void
}

/** Starts a process; what it prints goes to our standard error. `ready` and `ended` are called once each, at most. */
export function startModuleProcess(tell: { ready: () => void; ended: () => void }): ModuleProcess {
  const child = fork(program, {
    execArgv: ['--max-old-space-size=128', '--disable-sigusr1'],
    // Standard output is the log of the server, and the result of a command.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const process: ModuleProcess = { child, question: undefined, isAlive: true, ended: tell.ended }
  child.on('message', message => {
    if (message === 'ready') {
      release(process)
      tell.ready()
    } else process.question?.resolve(message as ModuleAnswer)
  })
  child.on('error', () => noteEnd(process, 'it cannot be started or reached'))
  child.on('exit', (code, signal) => noteEnd(process, signal ?? `exit code ${code}`))
  return process
}

/** Asks, one question at a time; the process is killed if `signal` is aborted meanwhile. Throws ProcessEnded. */
export async function askProcess(
  process: ModuleProcess,
  question: ModuleQuestion,
  signal: AbortSignal,
): Promise<ModuleAnswer> {
  if (signal.aborted || !process.isAlive) throw new ProcessEnded('it ended before it was asked')
  const answer = Promise.withResolvers<ModuleAnswer>()
  const giveUp = () => endProcess(process, 'it took too long')
  process.question = answer
  signal.addEventListener('abort', giveUp, { once: true })
  process.child.ref()
  process.child.channel?.ref()
  try {
    process.child.send(question)
    return await answer.promise
  } finally {
    signal.removeEventListener('abort', giveUp)
    process.question = undefined
    release(process)
  }
}

/** Ends the process at once. */
export function endProcess(process: ModuleProcess, reason: string): void {
  process.child.kill('SIGKILL')
  noteEnd(process, reason)
}

/** Lets this process end although the other one is there. */
function release({ child }: ModuleProcess): void {
  child.unref()
  child.channel?.unref()
}

function noteEnd(process: ModuleProcess, reason: string): void {
  process.question?.reject(new ProcessEnded(reason))
  if (!process.isAlive) return
  process.isAlive = false
  process.ended()
}
