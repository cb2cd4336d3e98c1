import type { ObjectSourceConfig } from '../../config/schema.ts'
import { SourceFailure } from '../object-source.ts'
import { ObjectRefusal, totalMs, type Upstream } from './upstream.ts'

type SqlConfig = Extract<ObjectSourceConfig, { source: 'sql' }>

/** A query on the application's PostgreSQL: the first row is the answer, no row means no such object. */
export async function openSqlUpstream({ databaseUrl, query }: SqlConfig): Promise<Upstream> {
  const { ForeignQueryFault, openForeignQuery } = await import('../../storage/database/connection/foreign-query.ts')
  const database = openForeignQuery(databaseUrl, query)
  return {
    async ask(key, { signal, tell }) {
      const start = performance.now()
      try {
        const row = await database.run(key, AbortSignal.any([signal, AbortSignal.timeout(totalMs)]))
        tell?.({ step: 'query', query, milliseconds: performance.now() - start, rows: row ? 1 : 0 })
        return row
      } catch (error) {
        tell?.({ step: 'query', query, milliseconds: performance.now() - start, rows: 0 })
        if (!(error instanceof ForeignQueryFault)) throw error
        if (error.reason === 'away') throw new SourceFailure('away', error.message)
        if (error.reason === 'value') throw new ObjectRefusal('answer-invalid', error.message)
        throw new SourceFailure('answer-invalid', error.message)
      }
    },
    close: () => database.close(),
  }
}
