import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import { type DatabaseHealth, probePatience } from './database-probe.ts'

/** Passes the outcome of a call to the database on, or fails it early. */
export type CutShort = <T>(call: Promise<T>) => Promise<T>

/**
 * Fails calls to a database that hangs after 2 × 0.9 s, so that every request is answered within 2 s. A call that only takes
 * long keeps its time: whoever has waited for 0.9 s asks whether the database answers others.
 */
export function cutShortWhenSilent(health: () => Promise<DatabaseHealth>): CutShort {
  return call =>
    new Promise((resolve, reject) => {
      const ask = async () => {
        if ((await health()) === 'silent')
          reject(new DriverAdapterError({ kind: 'SocketTimeout', originalMessage: 'the database answers nothing' }))
        else timer.refresh()
      }
      const timer = setTimeout(() => void ask(), probePatience)
      call.then(resolve, reject).finally(() => {
        clearTimeout(timer)
      })
    })
}
