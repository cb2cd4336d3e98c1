import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import { readDatabaseFault } from './database-fault.ts'
import type { CutShort } from './guard-calls.ts'
import { answerWait, namedError, poolWait } from './name-connection-error.ts'

/** Milliseconds after which a database that has not answered counts as silent. */
export const longestSilence = 900

/**
 * Fails calls to a database that is away after 2 × 0.9 s, so that every request is answered within 2 s. A call that merely takes
 * long goes on: after 0.9 s of waiting the database is probed, and only if the probe gets no answer does the call fail. A pooler
 * may keep a call waiting for a database that is gone, and answer for itself: an answer is one of the database. If no connection
 * became free, or the driver gave up, the probe says whether the database is away or merely busy. `onAnswer` hears of each answer.
 */
export function cutShortWhenAway(isAway: () => Promise<boolean>, onAnswer = () => {}): CutShort {
  return call =>
    new Promise((resolve, reject) => {
      const ask = async () => {
        if (await isAway()) reject(noAnswer())
        else timer.refresh()
      }
      const timer = setTimeout(() => void ask(), longestSilence)
      const answered: typeof resolve = answer => {
        onAnswer()
        resolve(answer)
      }
      call
        .then(answered, async error => reject((await gaveUp(error, isAway)) ? noAnswer() : error))
        .finally(() => {
          clearTimeout(timer)
        })
    })
}

/** Whether a call found no connection free, or got no answer, because the database is away. */
async function gaveUp(error: unknown, isAway: () => Promise<boolean>): Promise<boolean> {
  const code = readDatabaseFault(namedError(error))?.systemCode
  return (code === poolWait || code === answerWait) && (await isAway())
}

const noAnswer = () =>
  new DriverAdapterError({ kind: 'SocketTimeout', originalMessage: 'the database does not answer' })
