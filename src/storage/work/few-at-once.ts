import { isDatabaseOut } from '../database/connection/database-problem.ts'

/**
 * Runs at most `most` tasks at the same time; the others wait their turn. So tasks that hold a connection for several
 * statements leave connections for the rest. If a task fails because the database is unreachable, those that wait fail with
 * it, so that no caller waits for the database twice.
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
      if (isDatabaseOut(error)) for (const turn of waiting.splice(0)) turn.reject(error)
      throw error
    } finally {
      yieldTurn()
    }
  }
}
