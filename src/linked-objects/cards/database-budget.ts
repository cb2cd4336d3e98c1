import { isDatabaseOut } from '../../storage/database/connection/database-problem.ts'

/**
 * How long the database is waited for when there is something to fall back on: a limit that counts from the first of the calls
 * that have had no answer. So the first call waits its whole time, and those after it no longer than that one. Each of them
 * asks all the same, and after one answer the next call has its whole time again.
 */
export type DatabaseBudget = {
  now: () => number
  unansweredSince: number | undefined
  inFlight: number
  failedAt: number
}

/** Milliseconds after which a failure is forgotten, and the next call has its whole time again. */
const forgottenAfter = 1_000

export const createDatabaseBudget = (now: () => number): DatabaseBudget => ({
  now,
  unansweredSince: undefined,
  inFlight: 0,
  failedAt: -Infinity,
})

/** Passes the outcome of a call to the database on, and learns from it. */
export async function watchDatabase<T>(budget: DatabaseBudget, call: Promise<T>): Promise<T> {
  if (budget.inFlight === 0 && budget.now() - budget.failedAt > forgottenAfter) budget.unansweredSince = undefined
  budget.unansweredSince ??= budget.now()
  budget.inFlight++
  try {
    const answer = await call
    budget.unansweredSince = undefined
    return answer
  } catch (error) {
    if (isDatabaseOut(error)) budget.failedAt = budget.now()
    else budget.unansweredSince = undefined
    throw error
  } finally {
    budget.inFlight--
  }
}

/** What is left of a limit, in milliseconds. */
export const budgetLeft = ({ unansweredSince, now }: DatabaseBudget, limit: number): number =>
  unansweredSince === undefined ? limit : Math.max(0, unansweredSince + limit - now())
