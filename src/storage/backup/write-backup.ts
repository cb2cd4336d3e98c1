import { createHash, type Hash } from 'node:crypto'
import { createGzip } from 'node:zlib'
import type { Client } from 'pg'
import { type BackupHeader, backedUpTables, formatVersion } from './backup-format.ts'
import { countRows, readLastEvent, readLinkSet, readMigrationNames, withSession } from './backup-session.ts'
import { readRows } from './rows.ts'

/** Told how many of all rows were written or read so far. */
export type RowProgress = (done: number, total: number) => void

/**
 * Writes everything that a database holds, as of one moment, while it is used: `write` gets the compressed backup as a
 * stream, and resolves once it is kept. Returns the first line.
 */
export async function writeBackup(
  databaseUrl: string,
  write: (backup: AsyncIterable<Buffer>) => Promise<void>,
  progress: RowProgress = () => {},
): Promise<BackupHeader> {
  return await withSession(databaseUrl, async session => {
    // The id of events first: what is given out later is not in the snapshot.
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const header: BackupHeader = {
      '#backup': formatVersion,
      takenAt: new Date().toISOString(),
      migrations: await readMigrationNames(session),
      rows: await countRows(session),
      lastEvent: await readLastEvent(session),
      linkSet: await readLinkSet(session),
    }
    const gzip = createGzip({ level: 3 })
    const lines = writeLines(session, header, progress)
    await Promise.all([pump(lines, gzip), write(gzip)])
    await session.query('COMMIT')
    return header
  })
}

async function pump(lines: AsyncIterable<Buffer>, gzip: ReturnType<typeof createGzip>): Promise<void> {
  try {
    for await (const piece of lines)
      if (!gzip.write(piece)) await new Promise(resolve => gzip.once('drain', resolve).once('close', resolve))
    gzip.end()
  } catch (error) {
    gzip.destroy(error as Error)
  }
}

async function* writeLines(session: Client, header: BackupHeader, progress: RowProgress): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const total = Object.values(header.rows).reduce((sum, count) => sum + count, 0)
  let done = 0
  yield hashed(hash, line(header))
  for (const table of backedUpTables) {
    yield hashed(hash, line({ '#table': table }))
    let rows = 0
    for await (const piece of readRows(session, table) as AsyncIterable<Buffer>) {
      rows += countLines(piece)
      progress(done + rows, total)
      yield hashed(hash, piece)
    }
    done += rows
    yield hashed(hash, line({ '#end': table, rows }))
  }
  yield line({ '#whole': hash.digest('hex') })
}

const line = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`)

function hashed(hash: Hash, piece: Buffer): Buffer {
  hash.update(piece)
  return piece
}

function countLines(piece: Buffer): number {
  let count = 0
  for (let at = piece.indexOf(10); at !== -1; at = piece.indexOf(10, at + 1)) count++
  return count
}
