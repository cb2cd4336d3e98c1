import { type Session, withSession } from '../database/connection/session.ts'
import { addLine, type Digest, digestOf, type Tally } from './digest.ts'
import {
  columnsOf,
  countRows,
  type EventNumber,
  lineOf,
  type movedTables,
  ownedTables,
  readEventNumber,
  rowOf,
} from './owned-tables.ts'
import { begin, beginWithLocks } from './session.ts'

/** The form of the lines; a program refuses those with a higher number. */
export const backupForm = 1

/** The first line of a backup. */
export type BackupHeader = {
  trackerLinksBackup: number
  /** Of the program that wrote it. */
  version: string
  /** The migrations of its database, oldest first. */
  migrations: string[]
  moment: string
  /** The rows of each table. */
  rows: Record<string, number>
  eventNumber: EventNumber
}

/** The line before the rows of a table; each row is an array of texts (or null) in the order of these columns. */
export type TableLine = { table: string; columns: string[] }

/** The last line. */
export type BackupTrailer = { end: Record<string, Digest> }

export type ReadOptions = {
  version: string
  /** Hears how many rows were read, of how many. */
  onProgress?: (rows: number, ofRows: number) => void
  /** Hears the last line. */
  onEnd?: (end: Record<string, Digest>) => void
}

const rowsAtOnce = 2_000

/**
 * The lines of a backup of a database, as it is at one moment; others go on writing. Throws StorageFault `database-busy`.
 *
 * The snapshot is taken while no transaction that writes events is open: a follower of the change feed that has read event 8
 * has then read 7 too, and so has the backup. Writers wait for that moment only.
 */
export async function* readBackup(databaseUrl: string, options: ReadOptions): AsyncGenerator<string[]> {
  const reader = await openSnapshot(databaseUrl)
  try {
    yield* readLines(reader.session, ownedTables, options)
  } finally {
    await reader.close()
  }
}

async function openSnapshot(databaseUrl: string): Promise<{ session: Session; close: () => Promise<void> }> {
  const opened = Promise.withResolvers<Session>()
  const closing = Promise.withResolvers<void>()
  const closed = withSession(databaseUrl, async session => {
    await withSession(databaseUrl, async gate => {
      await beginWithLocks(gate, ['link_event'], 'SHARE')
      await begin(session, 'ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await session.query('SELECT FROM link_event LIMIT 1')
      await gate.query('ROLLBACK')
    })
    opened.resolve(session)
    await closing.promise
  })
  closed.catch(opened.reject)
  return {
    session: await opened.promise,
    close: () => {
      closing.resolve()
      return closed
    },
  }
}

/** The lines of tables, read in the session's transaction, which must see them at one moment. */
export async function* readLines(
  session: Session,
  tables: typeof ownedTables | typeof movedTables,
  { version, onProgress = () => {}, onEnd = () => {} }: ReadOptions,
): AsyncGenerator<string[]> {
  const header = await readHeader(session, tables, version)
  yield [JSON.stringify(header)]
  const ofRows = Object.values(header.rows).reduce((sum, rows) => sum + rows, 0)
  const end: Record<string, Digest> = {}
  let read = 0
  for (const table of tables) {
    const columns = await columnsOf(session, table)
    yield [JSON.stringify({ table, columns } satisfies TableLine)]
    const tally: Tally = { rows: 0, sum: 0n }
    for await (const lines of rowsOf(session, table, columns)) {
      for (const line of lines) addLine(tally, line)
      yield lines
      read += lines.length
      onProgress(read, ofRows)
    }
    end[table] = digestOf(tally)
  }
  yield [JSON.stringify({ end } satisfies BackupTrailer)]
  onEnd(end)
}

async function readHeader(session: Session, tables: readonly string[], version: string): Promise<BackupHeader> {
  const rows: Record<string, number> = {}
  for (const table of tables) rows[table] = await countRows(session, table)
  const [moment, migrations] = await rowOf(
    session,
    `SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
       (SELECT array_agg(migration_name::text ORDER BY migration_name) FROM _prisma_migrations WHERE rolled_back_at IS NULL)`,
  )
  // After the snapshot: the number is at least that of each event in it.
  const eventNumber = await readEventNumber(session)
  return {
    trackerLinksBackup: backupForm,
    version,
    migrations: migrations as string[],
    moment: String(moment),
    rows,
    eventNumber,
  }
}

async function* rowsOf(session: Session, table: string, columns: readonly string[]): AsyncGenerator<string[]> {
  await session.query(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT ${lineOf(columns)} FROM ${table}`)
  for (;;) {
    const text = `FETCH ${rowsAtOnce} FROM backup_rows`
    const { rows } = await session.query<[string]>({ text, rowMode: 'array' })
    if (rows.length === 0) break
    yield rows.map(([line]) => line)
  }
  await session.query('CLOSE backup_rows')
}
