import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '../../../errors/catalogue.ts'
import { Problem } from '../../../errors/problem.ts'
import type { Logger } from '../../../logging/logger.ts'
import { databaseProblem, withConflictRetry } from '../../../storage/database/connection/database-problem.ts'
import type { PutObject, PutResult } from '../../../storage/objects/put-objects.ts'

/** What became of objects that were stored together: the result of each, or why none is known. */
export type PutOutcome = { results: readonly PutResult[] } | { failure: { code: ErrorCode; detail: string } }

export type PutMany = (objects: readonly PutObject[]) => Promise<PutOutcome>

/** Milliseconds between tries while the database is unreachable, as in a restart. Storing the same again is harmless. */
const pauses = [300, 1_000, 2_000]

/** What may be over in a moment. */
const passing: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  'database-away',
  'database-busy',
  'calls-waiting',
])

/** Stores objects, with retries while the database is unreachable. Never throws. */
export function putWithRetry(put: (objects: readonly PutObject[]) => Promise<PutResult[]>, log: Logger): PutMany {
  return async objects => {
    for (let tries = 0; ; tries++) {
      try {
        return { results: objects.length === 0 ? [] : await withConflictRetry(() => put(objects)) }
      } catch (error) {
        const problem = error instanceof Problem ? error : databaseProblem(error)
        const pause = passing.has(problem?.code) ? pauses[tries] : undefined
        if (pause === undefined) {
          log.error({ err: error, objects: objects.length }, 'Objects of a bulk push were not stored')
          return { failure: { code: problem?.code ?? 'internal', detail: problem?.message ?? 'The server failed.' } }
        }
        await sleep(pause)
      }
    }
  }
}
