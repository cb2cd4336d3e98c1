import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory, Transaction } from '@prisma/driver-adapter-utils'

/**
 * Lets the schema engine do all its work in one transaction that the caller commits: a kill at any moment leaves the
 * database as it was, and a lock taken in that transaction certainly covers the work.
 */
export function transactionAdapter(transaction: Transaction): SqlMigrationAwareDriverAdapterFactory {
  const { provider, adapterName } = transaction
  const run = (sql: string) => transaction.executeRaw({ sql, args: [], argTypes: [] })
  const connection: SqlDriverAdapter = {
    provider,
    adapterName,
    queryRaw: query => transaction.queryRaw(query),
    executeRaw: async query => {
      // The engine's own lock belongs to a session, and behind a pooler the session is not ours: it would never be freed.
      if (query.sql.includes('pg_advisory_lock')) return 0
      return await transaction.executeRaw(query)
    },
    // The pg adapter's own executeScript cuts at every semicolon, those within strings and functions included. Without
    // arguments the server takes a whole script.
    executeScript: async script => {
      await run('SAVEPOINT script')
      try {
        await run(script)
      } catch (error) {
        // The engine goes on to write down the failure, and would be told no more than that the transaction is over.
        await run('ROLLBACK TO SAVEPOINT script')
        throw error
      }
      await run('RELEASE SAVEPOINT script')
    },
    startTransaction: () => Promise.reject(new Error('migrations run in one transaction')),
    dispose: () => Promise.resolve(),
  }
  return {
    provider,
    adapterName,
    connect: () => Promise.resolve(connection),
    connectToShadowDb: () => Promise.reject(new Error('applying migrations needs no shadow database')),
  }
}
