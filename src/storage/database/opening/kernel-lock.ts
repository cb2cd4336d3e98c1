const { DatabaseSync } = await loadSqlite()

/** A lock that is held; `release()` once. */
export type KernelLock = { release: () => void }

// SQLite's error code for a lock that somebody else holds.
const busy = 5

/**
 * Takes a lock on a file without waiting; undefined if another process, or another call in this one, holds it. The
 * kernel frees it when the process ends, however it ends. Node has no call for a file lock, but its SQLite locks the
 * files that it opens (fcntl): an empty database serves as the lock. Nothing else may open the file in this process,
 * because closing any descriptor of it would free the lock.
 */
export function tryKernelLock(path: string, kind: 'exclusive' | 'shared'): KernelLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // Nothing is ever written, so no journal file is needed, and none may be left beside the lock.
    database.exec('PRAGMA journal_mode = MEMORY')
    if (kind === 'exclusive') database.exec('BEGIN EXCLUSIVE')
    // A read takes the shared lock, and its transaction keeps it.
    else database.exec('BEGIN; SELECT count(*) FROM sqlite_schema')
    return { release: () => database.close() }
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === busy) return undefined
    throw error
  }
}

/** Suppresses the warning of early releases of Node 24 that their SQLite is experimental: a user can do nothing about it. */
async function loadSqlite() {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = (...[warning, ...more]: [string | Error, ...never[]]) => {
    if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning(warning, ...more)
  }
  try {
    return await import('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
