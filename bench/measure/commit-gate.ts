import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** A number that no program uses for an advisory lock of its own. */
const lockNumber = 7_305_221_946

/** While it is closed, it holds every commit of a database that changes links. */
export type CommitGate = {
  close: () => Promise<void>
  /** Resolves when a transaction waits at the closed gate; false if none came in time. */
  someoneWaits: (milliseconds: number) => Promise<boolean>
  /** Lets all commits through. Returns the settings of `synchronous_commit` with which they were made. */
  open: () => Promise<string[]>
  remove: () => Promise<void>
}

/**
 * A deferred constraint trigger runs at the very end of a transaction, after all its statements: there it waits for a lock that
 * the bench holds. So the commit is held back, and a program that acknowledges the change meanwhile lies.
 */
export async function buildCommitGate(databaseUrl: string): Promise<CommitGate> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`
    CREATE TABLE bench_commit (synchronous_commit text);
    CREATE FUNCTION bench_commit_gate() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO bench_commit VALUES (current_setting('synchronous_commit'));
      PERFORM pg_advisory_xact_lock_shared(${lockNumber});
      RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER bench_commit_gate AFTER INSERT OR DELETE ON link
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bench_commit_gate()`)
  return {
    close: async () => {
      await client.query(`SELECT pg_advisory_lock(${lockNumber})`)
    },
    someoneWaits: async milliseconds => {
      for (const deadline = performance.now() + milliseconds; performance.now() < deadline; await sleep(10)) {
        const { rows } = await client.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database =
             (SELECT oid FROM pg_database WHERE datname = current_database())`,
        )
        if (rows.length > 0) return true
      }
      return false
    },
    open: async () => {
      await client.query(`SELECT pg_advisory_unlock(${lockNumber})`)
      // Waits for the commits that were let through.
      await client.query(`SELECT pg_advisory_lock(${lockNumber}), pg_advisory_unlock(${lockNumber})`)
      const { rows } = await client.query('SELECT DISTINCT synchronous_commit FROM bench_commit')
      return rows.map(row => row.synchronous_commit)
    },
    remove: async () => {
      await client.query(
        'DROP TRIGGER bench_commit_gate ON link; DROP FUNCTION bench_commit_gate; DROP TABLE bench_commit',
      )
      await client.end()
    },
  }
}
