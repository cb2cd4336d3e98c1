import { fork } from 'node:child_process'
import type { Job, Outcome } from './job.ts'

export type Generator = { run: (job: Job) => Promise<Outcome>; stop: () => void }

/** Starts the load generator, which does one job at a time. */
export function startGenerator(): Generator {
  const child = fork(new URL('./generator.ts', import.meta.url), { detached: true })
  return {
    run: job =>
      new Promise((resolve, reject) => {
        const ended = (code: number | null) => reject(new Error(`The load generator ended with ${code}.`))
        child.once('exit', ended)
        child.once('message', outcome => {
          child.off('exit', ended)
          resolve(outcome as Outcome)
        })
        child.send(job)
      }),
    stop: () => child.disconnect(),
  }
}
