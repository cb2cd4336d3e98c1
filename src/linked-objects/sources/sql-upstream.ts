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
        const { reason, message, code } = error
        if (reason === 'value') throw new ObjectRefusal('failed', message, { mark: code })
        throw new SourceFailure(reason === 'query' ? 'failed' : reason, message, { mark: code })
      }
    },
    close: () => database.close(),
  }
}
