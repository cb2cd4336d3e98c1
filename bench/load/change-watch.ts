import { Pool } from 'pg'
import type { Call } from './calls.ts'
import { applicationId } from './data.ts'

export type ChangeWatch = {
  /** Looks for an acknowledged change at once, on a connection that is not the program's. */
  look: (call: Call) => void
  /** Waits for the last query. Returns how many there were, and the first change that was not stored. */
  close: () => Promise<{ changes: number; fault?: string }>
}

const countStatement = {
  name: 'count',
  text: 'SELECT count(*)::int AS stored FROM link WHERE application_id = $1 AND issue_key = $2 AND remote_key = ANY($3)',
}

/** Watches a program's database for the changes that it acknowledges. */
export async function watchChanges(databaseUrl: string): Promise<ChangeWatch> {
  const pool = new Pool({ connectionString: databaseUrl, max: 2 })
  // Connects before the first query: a change that is looked for late may have been committed meanwhile.
  await pool.query('SELECT 1')
  const looks: Promise<void>[] = []
  let fault: string | undefined
  const lookFor = async ({ kind, issueKey, remoteKeys }: Exclude<Call, { kind: 'info' }>) => {
    const { rows } = await pool.query({ ...countStatement, values: [applicationId, issueKey, remoteKeys] })
    const wanted = kind === 'remove' ? 0 : remoteKeys.length
    if (rows[0].stored !== wanted)
      fault ??= `${kind} of ${issueKey} was acknowledged, but the database holds ${rows[0].stored} links instead of ${wanted}`
  }
  return {
    look: call => {
      if (call.kind !== 'info') looks.push(lookFor(call))
    },
    close: async () => {
      const results = await Promise.allSettled(looks)
      await pool.end()
      const failed = results.find(result => result.status === 'rejected')
      if (failed) fault ??= `the database could not be asked: ${failed.reason}`
      return { changes: looks.length, ...(fault !== undefined && { fault }) }
    },
  }
}
