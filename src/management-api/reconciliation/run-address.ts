import { Problem } from '../../errors/problem.ts'
import type { Queries } from '../../storage/database/queries.ts'
import { findRun, type StoredRun } from '../../storage/reconciliation/list-runs.ts'
import { params as applicationParams } from '../links/link-query.ts'

/** The parameters of the address of one run. */
export const runParams = {
  type: 'object',
  required: ['applicationId', 'runId'],
  properties: {
    ...applicationParams.properties,
    runId: { type: 'string', maxLength: 64, description: 'Id of the run.' },
  },
} as const

export type RunParams = { applicationId: string; runId: string }

/** The run that an address names. Throws Problem `reconciliation-unknown`, also for a run of another application. */
export async function runOf(database: Queries, { applicationId, runId }: RunParams): Promise<StoredRun> {
  const run = await findRun(database, runId)
  if (run?.applicationId === applicationId) return run
  throw new Problem(
    'reconciliation-unknown',
    `${applicationId} has no run ${runId}, or it was removed because of its age.`,
  )
}
