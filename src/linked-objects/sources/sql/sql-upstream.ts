import type { ObjectSourceConfig } from '../../../config/schema.ts'
import { SourceFailure } from '../../object-source.ts'
import { keyReader } from '../key-parts.ts'
import { ObjectRefusal, totalMs, type Upstream } from '../upstream.ts'
import { bindQuery } from './bind-query.ts'

export type SqlConfig = Extract<ObjectSourceConfig, { source: 'sql' }>

/**
 * A query on the application's PostgreSQL: the first row is the answer; no row, or a key that the query cannot mean, means no such
 * object.
 */
export async function openSqlUpstream(
  { databaseUrl, query, keyPattern }: SqlConfig,
  applicationId: string,
): Promise<Upstream> {
  const { ForeignQueryFault, openForeignQuery } = await import('../../../storage/database/connection/foreign-query.ts')
  const { text, names } = bindQuery(query)
  const readKey = keyReader(keyPattern, applicationId)
  const database = openForeignQuery(databaseUrl, text)
  return {
    async ask(key, { signal, tell }) {
      const parts = await readKey(key, signal)
      if (!parts) {
        tell?.({ step: 'key', rule: 'the key does not belong to this source, so nobody is asked' })
        return undefined
      }
      const start = performance.now()
      const told = (rows: number) => tell?.({ step: 'query', query, milliseconds: performance.now() - start, rows })
      try {
        const values = names.map(name => parts[name] ?? null)
        const row = await database.run(values, AbortSignal.any([signal, AbortSignal.timeout(totalMs)]))
        told(row ? 1 : 0)
        return row
      } catch (error) {
        told(0)
        if (!(error instanceof ForeignQueryFault)) throw error
        const { reason, message, code } = error
        if (reason === 'key') return undefined
        if (reason === 'size') throw new ObjectRefusal('answer-invalid', message)
        if (reason === 'value') throw new ObjectRefusal('failed', message, { mark: code })
        throw new SourceFailure(reason === 'query' ? 'failed' : reason, message, { mark: code })
      }
    },
    close: () => database.close(),
  }
}
