import { Client } from 'pg'

/** A connection of its own, outside of Prisma: cursors and COPY need one that stays. */
export type Session = Client

/** Opens a session for some work, and closes it afterwards; a transaction that was not committed is rolled back by that. */
export async function withSession<T>(databaseUrl: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = new Client({
    connectionString: databaseUrl,
    application_name: 'tracker-links',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  // A connection that breaks fails the statement in flight, or the next one.
  session.on('error', () => {})
  await session.connect()
  try {
    return await work(session)
  } finally {
    await session.end().catch(() => {})
  }
}
