import { databaseProblem } from '../database/connection/database-problem.ts'

/**
 * Lets `most` works run at once, others wait their turn: what holds a connection for several statements leaves some for the
 * rest. If one fails because the database is away, those who wait fail with it: nobody waits for that twice.
 */
export function fewAtOnce(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: PromiseWithResolvers<void>[] = []
  const yieldTurn = () => {
    const next = waiting.shift()
    if (next) next.resolve()
    else running--
  }
  return async work => {
    if (running < most) running++
    else {
      const turn = Promise.withResolvers<void>()
      waiting.push(turn)
      await turn.promise
    }
    try {
      return await work()
    } catch (error) {
      if (databaseProblem(error)?.code === 'database-away') for (const turn of waiting.splice(0)) turn.reject(error)
      throw error
    } finally {
      yieldTurn()
    }
  }
}
