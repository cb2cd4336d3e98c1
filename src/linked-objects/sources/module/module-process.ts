import { fork } from 'node:child_process'
import type { ModuleAnswer, ModuleQuestion } from './answer-questions.ts'

/** Compiled along with this file, so of the same ending. */
const program = import.meta.filename.replace(/module-process(\.[jt]s)$/, 'answer-questions$1')

/** A process ended, or was ended, before it answered. */
export class ProcessEnded extends Error {}

export type ModuleProcess = ReturnType<typeof startModuleProcess>

/**
 * Starts a process that runs a module, with 128 MB for its objects; what it prints goes to our standard error. It keeps this
 * process from ending while it starts and while a question is under way. `ready` and `ended` are called once each, at most.
 */
export function startModuleProcess(tell: { ready: () => void; ended: () => void }) {
  const child = fork(program, {
    execArgv: ['--max-old-space-size=128'],
    // Standard output is the log of the server, and the result of a command.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  let waiting: PromiseWithResolvers<ModuleAnswer> | undefined
  let isOver = false
  const rest = () => {
    child.unref()
    child.channel?.unref()
  }
  const end = (reason: string) => {
    waiting?.reject(new ProcessEnded(reason))
    if (isOver) return
    isOver = true
    tell.ended()
  }
  child.on('message', message => {
    if (message !== 'ready') return waiting?.resolve(message as ModuleAnswer)
    rest()
    tell.ready()
  })
  child.on('error', () => end('it cannot be started or reached'))
  child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  const kill = (reason: string) => {
    child.kill('SIGKILL')
    end(reason)
  }
  const giveUp = () => kill('it took too long')

  return {
    /** Whether it can be asked. */
    isAlive: () => !isOver,
    /** Asks, one question at a time; the process is killed when `signal` is aborted meanwhile. Throws ProcessEnded. */
    async ask(question: ModuleQuestion, signal: AbortSignal): Promise<ModuleAnswer> {
      if (signal.aborted || isOver) throw new ProcessEnded('it was not asked any more')
      const answer = Promise.withResolvers<ModuleAnswer>()
      waiting = answer
      signal.addEventListener('abort', giveUp, { once: true })
      child.ref()
      child.channel?.ref()
      try {
        child.send(question)
        return await answer.promise
      } finally {
        signal.removeEventListener('abort', giveUp)
        waiting = undefined
        rest()
      }
    },
    /** Ends the process at once. */
    end: () => kill('it was ended'),
  }
}
