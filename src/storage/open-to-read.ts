import { setTimeout as sleep } from 'node:timers/promises'
import { describePostgresAddress } from '../config/postgres-address.ts'
import { createPrismaClient } from './database/connection/connect.ts'
import { waitForDatabase } from './database/opening/wait-for-database.ts'
import type { Queries } from './database/queries.ts'
import { probeOnce } from './database/readiness/database-probe.ts'
import type { Readiness } from './database/readiness/readiness.ts'
import { StorageFault } from './database/storage-fault.ts'
import type { StorageLog } from './database/storage-log.ts'

/** A database that is only read. `queries`: undefined if it cannot be reached; `fault`: why, where its readiness says nothing of it. */
export type ReadDatabase = {
  queries: Queries | undefined
  readiness: Readiness
  fault: StorageFault | undefined
  close: () => Promise<void>
}

/** Milliseconds in which it must answer, for which a question waits for one of the connections, and in which they close. */
const patience = { answer: 3_000, turn: 5_000, close: 1_000 }
const connections = 4

/**
 * Opens a database to read: PostgreSQL itself refuses every change, unless a pooler stands before it that refuses limits. Waits for nothing,
 * makes nothing and migrates nothing. Throws nothing.
 */
export async function openToRead(databaseUrl: string, log: StorageLog): Promise<ReadDatabase> {
  const description = describePostgresAddress(databaseUrl) ?? 'The database'
  const [readiness, sessions] = await Promise.all([
    probeOnce(databaseUrl, log),
    inTime(waitForDatabase({ databaseUrl, description, isEmbedded: false, log, longestWait: 0 })),
  ])
  if (sessions instanceof StorageFault) return { queries: undefined, readiness, fault: sessions, close: async () => {} }
  // Many applications ask at once.
  const waiting = { size: connections, patience: patience.turn }
  const prisma = createPrismaClient({ databaseUrl, log, ...sessions, ...waiting, isReadOnly: true })
  // A server that hangs does not close its connections.
  const close = async () => {
    await Promise.race([prisma.$disconnect(), sleep(patience.close, undefined, { ref: false })])
  }
  return { queries: prisma, readiness, fault: undefined, close }
}

const inTime = <T>(opening: Promise<T>): Promise<T | StorageFault> =>
  Promise.race([
    opening.catch((error: unknown) => {
      if (error instanceof StorageFault) return error
      throw error
    }),
    sleep(patience.answer, new StorageFault('database-away', 'The database does not answer in time.'), { ref: false }),
  ])
