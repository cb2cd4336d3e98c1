import { type Session, withSession } from '../database/connection/session.ts'
import { StorageFault } from '../database/storage-fault.ts'
import { type Loaded, loadBackup, refuseRows } from './load-backup.ts'
import { movedTables } from './owned-tables.ts'
import { type ReadOptions, readLines } from './read-backup.ts'
import { beginWithLocks } from './session.ts'

type Place = { url: string; description: string }

/**
 * Copies all rows from one database to another and marks the first as moved. From the first row on until the end nothing can
 * be written there: who tries is refused after the time limit of a lock, and afterwards at once. So whatever was acknowledged
 * is in the copy. A failure, or a kill, leaves the source as it was. Throws StorageFault.
 */
export async function moveDatabase(source: Place, target: Place, options: ReadOptions): Promise<Loaded> {
  // Before anybody has to wait.
  await withSession(target.url, session => refuseRows(session, target.description))
  return await withSession(source.url, async session => {
    await beginWithLocks(session, movedTables, 'SHARE ROW EXCLUSIVE')
    const loaded = await loadBackup(target.url, readLines(session, movedTables, options), target)
    try {
      await markMoved(session, target.description)
      await session.query('COMMIT')
    } catch (error) {
      throw new StorageFault(
        'move-unfinished',
        `Everything was copied to ${target.description}, but ${source.description} could not be marked as moved and may take further changes. Go on working with it; empty the target and move again.`,
        error,
      )
    }
    return loaded
  })
}

/** From the commit on every change is refused, with the SQLSTATE of a database that is read-only. schema-state.ts reads the comment. */
async function markMoved(session: Session, to: string): Promise<void> {
  const text = session.escapeLiteral(to)
  await session.query(`
    CREATE FUNCTION tracker_links_moved() RETURNS trigger LANGUAGE plpgsql AS $moved$
    BEGIN
      RAISE EXCEPTION 'this database was moved' USING ERRCODE = '25006';
    END
    $moved$`)
  await session.query(`COMMENT ON FUNCTION tracker_links_moved() IS ${text}`)
  for (const table of movedTables)
    await session.query(`
      CREATE TRIGGER tracker_links_moved BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION tracker_links_moved()`)
}
