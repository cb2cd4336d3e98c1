import { databaseProblem } from '../../storage/database/connection/database-problem.ts'

export type Patience = ReturnType<typeof createPatience>

/** Milliseconds after which a database that gave no answer is waited for again. */
const forgotten = 1_000

/**
 * How long the database is waited for where there is something to fall back on: a limit that counts from the first of the
 * calls that have had no answer. So the first call waits its whole time, and those after it no longer than that one; each
 * asks all the same, and one answer is enough for the next call to be patient again.
 */
export function createPatience(now: () => number) {
  let unansweredSince: number | undefined
  let underWay = 0
  let failedAt = -Infinity

  return {
    /** Passes the outcome of a call to the database on, and learns from it. */
    async watch<T>(call: Promise<T>): Promise<T> {
      if (underWay === 0 && now() - failedAt > forgotten) unansweredSince = undefined
      unansweredSince ??= now()
      underWay++
      try {
        const answer = await call
        unansweredSince = undefined
        return answer
      } catch (error) {
        if (databaseProblem(error)?.code === 'database-away') failedAt = now()
        else unansweredSince = undefined
        throw error
      } finally {
        underWay--
      }
    },
    /** What is left of a limit, in milliseconds. */
    left: (limit: number) => (unansweredSince === undefined ? limit : Math.max(0, unansweredSince + limit - now())),
  }
}
