import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import type { CutShort } from './guard-calls.ts'

/** Milliseconds after which a database that has not answered counts as silent. */
export const longestSilence = 900

/**
 * Fails calls to a database that hangs after 2 × 0.9 s, so that every request is answered within 2 s. A call that merely takes
 * long goes on: after 0.9 s of waiting the database is probed, and only if it does not answer the probe does the call fail.
 */
export function cutShortWhenSilent(isSilent: () => Promise<boolean>): CutShort {
  return call =>
    new Promise((resolve, reject) => {
      const ask = async () => {
        if (await isSilent())
          reject(new DriverAdapterError({ kind: 'SocketTimeout', originalMessage: 'the database does not answer' }))
        else timer.refresh()
      }
      const timer = setTimeout(() => void ask(), longestSilence)
      call.then(resolve, reject).finally(() => {
        clearTimeout(timer)
      })
    })
}
