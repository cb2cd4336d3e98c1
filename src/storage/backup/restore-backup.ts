import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import type { Client } from 'pg'
import { readMigrations } from '../database/migrations/migration-files.ts'
import { BackupFault } from './backup-fault.ts'
import { type BackupHeader, backedUpTables, formatVersion } from './backup-format.ts'
import { continueEvents, countRows, isSameSet, readLinkSet, stopChanges, withSession } from './backup-session.ts'
import { type Piece, readPieces } from './read-pieces.ts'
import { insertRows, openIncoming, takeLines } from './rows.ts'
import type { RowProgress } from './write-backup.ts'

/**
 * Fills an empty database, whose schema is current, from a backup: all of it or, if anything is wrong with the backup,
 * nothing. Throws BackupFault. Returns the first line.
 */
export async function restoreBackup(
  databaseUrl: string,
  backup: AsyncIterable<Buffer>,
  progress: RowProgress = () => {},
): Promise<BackupHeader> {
  return await withSession(databaseUrl, async session => {
    await session.query('BEGIN')
    await stopChanges(session)
    await refuseUnlessEmpty(session)
    await openIncoming(session)
    const header = await fill(session, readPieces(unpacked(backup)), progress)
    await continueEvents(session, header.lastEvent)
    if (!isSameSet(await readLinkSet(session), header.linkSet))
      throw new BackupFault('The links that were restored are not those of the backup. Nothing was changed.')
    await session.query('COMMIT')
    return header
  })
}

/** Throws BackupFault if there is anything that a restore or a move would meet. */
export async function refuseUnlessEmpty(session: Client): Promise<void> {
  const rows = Object.entries(await countRows(session)).filter(([, count]) => count > 0)
  if (rows.length > 0)
    throw new BackupFault(
      `The database is not empty: it has ${rows.map(([table, count]) => `${count} rows in ${table}`).join(', ')}. Take an empty one; nothing was changed.`,
    )
}

async function* unpacked(backup: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  const feeding = (async () => {
    try {
      for await (const piece of backup) if (!gunzip.write(piece)) await once(gunzip, 'drain')
      gunzip.end()
    } catch (error) {
      gunzip.destroy(error as Error)
    }
  })()
  try {
    yield* gunzip as AsyncIterable<Buffer>
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (!code.startsWith('Z_')) throw error
    throw new BackupFault(
      code === 'Z_BUF_ERROR'
        ? 'The backup is cut: its last line is missing. Take one that was written to its end.'
        : 'This is no backup: it is not compressed as one.',
    )
  }
  await feeding
}

type Filling = { header?: BackupHeader; lines?: Writable; done: number }

async function fill(session: Client, pieces: AsyncIterable<Piece>, progress: RowProgress): Promise<BackupHeader> {
  const filling: Filling = { done: 0 }
  const total = () => Object.values(filling.header?.rows ?? {}).reduce((sum, count) => sum + count, 0)
  for await (const piece of pieces) {
    if ('rows' in piece) {
      if (!filling.lines) throw new BackupFault('The backup has rows of no table: it is not what was written.')
      if (!filling.lines.write(piece.rows)) await once(filling.lines, 'drain')
      filling.done += piece.count
      progress(filling.done, total())
    } else if (piece.control['#backup'] !== undefined) filling.header = await acceptHeader(piece.control)
    else if (piece.control['#table'] !== undefined) filling.lines = takeLines(session)
    else if (piece.control['#end'] !== undefined) await endTable(session, filling, piece.control)
  }
  if (!filling.header) throw new BackupFault('This is no backup: its first line is missing.')
  return filling.header
}

async function endTable(
  session: Client,
  filling: Filling,
  { '#end': table, rows }: { '#end'?: (typeof backedUpTables)[number]; rows?: unknown },
): Promise<void> {
  const { lines } = filling
  delete filling.lines
  if (!lines || !table || !backedUpTables.includes(table)) throw new BackupFault('The backup is not what was written.')
  lines.end()
  await finished(lines)
  const filled = await insertRows(session, table)
  if (filled !== rows)
    throw new BackupFault(`The backup says that ${table} has ${String(rows)} rows, and holds ${filled}.`)
}

/** Throws BackupFault if this version of the program cannot know what is in the backup. */
async function acceptHeader(control: Partial<BackupHeader>): Promise<BackupHeader> {
  const header = control as BackupHeader
  if (header['#backup'] !== formatVersion)
    throw new BackupFault(`The backup has the form ${String(header['#backup'])}; this version reads ${formatVersion}.`)
  const known = new Set((await readMigrations()).map(({ name }) => name))
  const newer = header.migrations.filter(name => !known.has(name))
  if (newer.length > 0)
    throw new BackupFault(
      `The backup was made by a newer version of this program (it has ${newer.join(', ')}): restore it with that one.`,
    )
  return header
}
