import { fork } from 'node:child_process'
import type { ModuleAnswer, ModuleQuestion } from './answer-questions.ts'

/** Compiled along with this file, so of the same ending. */
const program = import.meta.filename.replace(/module-process(\.[jt]s)$/, 'answer-questions$1')

/** A process ended, or was ended, before it answered. */
export class ProcessEnded extends Error {}

export type ModuleProcess = ReturnType<typeof startModuleProcess>

/**
 * Starts a process that runs a module, with 128 MB for its objects; what it prints goes to our standard error. It keeps this
 * process from ending only while a question is under way.
 */
export function startModuleProcess() {
  const child = fork(program, {
    execArgv: ['--max-old-space-size=128'],
    // Standard output is the log of the server, and the result of a command.
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  let waiting: PromiseWithResolvers<ModuleAnswer> | undefined
  let isOver = false
  const end = (reason: string) => {
    isOver = true
    waiting?.reject(new ProcessEnded(reason))
  }
  child.on('message', message => waiting?.resolve(message as ModuleAnswer))
  child.on('error', () => end('it cannot be started or reached'))
  child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`))

  return {
    /** Whether it can be asked. */
    isAlive: () => !isOver,
    /** Asks, one question at a time; the process is killed when `signal` is aborted. Throws ProcessEnded. */
    async ask(question: ModuleQuestion, signal: AbortSignal): Promise<ModuleAnswer> {
      const answer = Promise.withResolvers<ModuleAnswer>()
      waiting = answer
      const kill = () => {
        child.kill('SIGKILL')
        end('it took too long')
      }
      signal.addEventListener('abort', kill, { once: true })
      child.ref()
      child.channel?.ref()
      try {
        if (signal.aborted) kill()
        else if (!isOver) child.send(question)
        else end('it is over')
        return await answer.promise
      } finally {
        signal.removeEventListener('abort', kill)
        waiting = undefined
        child.unref()
        child.channel?.unref()
      }
    },
    /** Ends the process at once. */
    end(): void {
      isOver = true
      child.kill('SIGKILL')
    },
  }
}
