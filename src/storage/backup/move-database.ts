import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { BackupFault } from './backup-fault.ts'
import { backedUpTables, type LinkSet } from './backup-format.ts'
import {
  continueEvents,
  countRows,
  isSameSet,
  readLastEvent,
  readLinkSet,
  stopChanges,
  withSession,
} from './backup-session.ts'
import { refuseUnlessEmpty } from './restore-backup.ts'
import { insertRows, openIncoming, readRows, takeLines } from './rows.ts'
import type { RowProgress } from './write-backup.ts'

/**
 * Moves everything from one database to another, empty one, whose schema is current. From the first row on the former takes no
 * changes any more, and after the move it never will: so nothing that was acknowledged is left behind. It goes on answering
 * questions. If anything fails before the end, nothing has changed in either. `movedTo` is told to whoever writes there later;
 * it holds no password.
 */
export function moveDatabase(
  { from, to, movedTo }: { from: string; to: string; movedTo: string },
  progress: RowProgress = () => {},
): Promise<LinkSet> {
  return withSession(from, source =>
    withSession(to, async target => {
      for (const session of [source, target]) {
        await session.query('BEGIN')
        await stopChanges(session)
      }
      await refuseUnlessEmpty(target)
      await copyTables(source, target, progress)
      await continueEvents(target, await readLastEvent(source))
      const [before, after] = [await readLinkSet(source), await readLinkSet(target)]
      if (!isSameSet(before, after))
        throw new BackupFault('The links that arrived are not those that were there. Nothing was changed.')
      // Prepared first, and committed last: between the two commits the former database is still locked.
      await closeForChanges(source, movedTo)
      await target.query('COMMIT')
      await source.query('COMMIT')
      return after
    }),
  )
}

async function copyTables(source: Client, target: Client, progress: RowProgress): Promise<void> {
  const rows = await countRows(source)
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
  let done = 0
  await openIncoming(target)
  for (const table of backedUpTables) {
    await pipeline(readRows(source, table), takeLines(target))
    done += await insertRows(target, table)
    progress(done, total)
  }
}

/**
 * Lets every later change fail as in a database that is read-only, also those that already wait for their turn. It can be undone
 * with `DROP FUNCTION tracker_links_moved() CASCADE`.
 */
async function closeForChanges(source: Client, movedTo: string): Promise<void> {
  const words = `This database was moved to ${movedTo.replaceAll(/[^\w.:/[\]-]/g, '?')}`
  await source.query(`
    CREATE FUNCTION tracker_links_moved() RETURNS trigger LANGUAGE plpgsql AS $moved$
    BEGIN RAISE EXCEPTION '${words}' USING ERRCODE = 'read_only_sql_transaction'; END $moved$`)
  for (const table of backedUpTables)
    await source.query(`
      CREATE TRIGGER tracker_links_moved BEFORE INSERT OR UPDATE OR DELETE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION tracker_links_moved()`)
}
