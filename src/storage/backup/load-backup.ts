import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from } from 'pg-copy-streams'
import { type Session, withSession } from '../database/connection/session.ts'
import { readMigrations } from '../database/migrations/migration-files.ts'
import { StorageFault } from '../database/storage-fault.ts'
import { addLine, type Digest, digestOf, sameDigest, type Tally, tableDigest } from './digest.ts'
import { type LineReader, lineReader, takeLine, takeRows } from './line-reader.ts'
import { columnsOf, movedTables, rowOf, setEventNumber } from './owned-tables.ts'
import { type BackupHeader, type BackupTrailer, backupForm, type TableLine } from './read-backup.ts'
import { beginWithLocks } from './session.ts'

/** What was loaded: the backup's first line, and what each table holds now. */
export type Loaded = { header: BackupHeader; tables: Record<string, Digest> }

type LoadOptions = { description: string; onProgress?: (rows: number, ofRows: number) => void }

/**
 * Loads the lines of a backup into a database that has the schema of this program and no rows, in one transaction, and
 * compares what the tables hold then with the backup's last line. Throws StorageFault `database-not-empty`,
 * `backup-invalid`, `backup-newer`.
 */
export function loadBackup(
  databaseUrl: string,
  lines: AsyncIterable<string[]>,
  { description, onProgress = () => {} }: LoadOptions,
): Promise<Loaded> {
  return withSession(databaseUrl, async session => {
    await beginWithLocks(session, movedTables, 'SHARE ROW EXCLUSIVE')
    await refuseRows(session, description)
    const reader = lineReader(lines)
    const header = await readHeader(reader)
    const ofRows = Object.values(header.rows).reduce((sum, rows) => sum + rows, 0)
    let loaded = 0
    const progress = (rows: number) => {
      loaded += rows
      onProgress(loaded, ofRows)
    }
    const tables = await loadTables(session, reader, progress)
    await setEventNumber(session, header.eventNumber)
    // Without it the first queries would not know how much there is.
    await session.query(`ANALYZE ${movedTables.join(', ')}`)
    await session.query('COMMIT')
    return { header, tables }
  })
}

/** Refuses a database that holds rows. Throws StorageFault `database-not-empty`. */
export async function refuseRows(session: Session, description: string): Promise<void> {
  for (const table of movedTables) {
    const [found] = await rowOf(session, `SELECT EXISTS (SELECT FROM ${table})`)
    if (found === true)
      throw new StorageFault(
        'database-not-empty',
        `${description} holds data already (table ${table}), and nothing is written over it. Give a new data folder (DATA_DIR) or a new database (DATABASE_URL). Nothing was changed.`,
      )
  }
}

const invalid = (what: string, cause?: unknown) =>
  new StorageFault(
    'backup-invalid',
    `This is not a whole backup: ${what}. Nothing was restored; take another one.`,
    cause,
  )

async function readHeader(reader: LineReader): Promise<BackupHeader> {
  const header = parse(await takeLine(reader)) as Partial<BackupHeader>
  if (typeof header.trackerLinksBackup !== 'number') throw invalid('its first line is not that of a backup')
  const known = new Set((await readMigrations()).map(({ name }) => name))
  const unknown = header.migrations?.filter(name => !known.has(name)) ?? []
  if (header.trackerLinksBackup > backupForm || unknown.length > 0)
    throw new StorageFault(
      'backup-newer',
      `The backup was written by version ${header.version} of this program, which is newer. Restore it with that version. Nothing was restored.`,
    )
  if (!header.rows || !header.eventNumber || !header.migrations) throw invalid('its first line is incomplete')
  return header as BackupHeader
}

/** Loads table after table up to the last line, with which the tables must agree. */
async function loadTables(session: Session, reader: LineReader, progress: (rows: number) => void) {
  const loaded: Record<string, Digest> = {}
  for (;;) {
    const line = parse(await takeLine(reader)) as Partial<TableLine & BackupTrailer>
    if (line.end) {
      if ((await takeLine(reader)) !== undefined) throw invalid('lines follow its last one')
      compare(line.end, loaded)
      return loaded
    }
    const { table, columns } = await knownTable(session, line)
    if (loaded[table]) throw invalid(`the table ${table} stands in it twice`)
    const tally: Tally = { rows: 0, sum: 0n }
    const copy = `COPY ${table} (${columns.map(column => `"${column}"`).join(', ')}) FROM STDIN`
    await pipeline(Readable.from(copyText(reader, columns.length, tally, progress)), session.query(from(copy)))
    const stored = await tableDigest(session, table, columns)
    if (!sameDigest(stored, digestOf(tally)))
      throw invalid(`${table} holds other rows after loading (${stored.rows} of ${tally.rows}) than were read`)
    loaded[table] = stored
  }
}

function compare(end: Record<string, Digest>, loaded: Record<string, Digest>): void {
  for (const table of new Set([...Object.keys(end), ...Object.keys(loaded)]))
    if (!sameDigest(end[table], loaded[table]))
      throw invalid(`the rows of ${table} are not those that its last line names (hash or number differ)`)
}

async function knownTable(session: Session, { table, columns }: Partial<TableLine>): Promise<TableLine> {
  const name = movedTables.find(name => name === table)
  if (name === undefined || !Array.isArray(columns)) throw invalid(`a table ${String(table)} is not known`)
  const known = await columnsOf(session, name)
  const unknown = columns.filter(column => !known.includes(column))
  if (unknown.length > 0) throw invalid(`the table ${name} has no column ${unknown.join(', ')}`)
  return { table: name, columns }
}

/** Rows in the form that COPY takes ("Text Format" in PostgreSQL's manual). */
async function* copyText(reader: LineReader, columns: number, tally: Tally, progress: (rows: number) => void) {
  for (;;) {
    const lines = await takeRows(reader)
    if (lines.length === 0) return
    let text = ''
    for (const line of lines) {
      addLine(tally, line)
      const cells = parse(line) as unknown[]
      if (cells.length !== columns) throw invalid('a row has too few or too many cells')
      text += `${cells.map(copyCell).join('\t')}\n`
    }
    yield Buffer.from(text)
    progress(lines.length)
  }
}

const special = /[\\\t\n\r\b\f\v]/
const escapes: Record<string, string> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
}

function copyCell(cell: unknown): string {
  if (cell === null) return '\\N'
  if (typeof cell !== 'string') throw invalid('a cell is no text')
  return special.test(cell) ? cell.replace(/[\\\t\n\r\b\f\v]/g, found => escapes[found] ?? found) : cell
}

function parse(line: string | undefined): object {
  if (line === undefined) throw invalid('its end is missing')
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null) return value
  } catch (error) {
    throw invalid('a line is not JSON', error)
  }
  throw invalid('a line is no object')
}
