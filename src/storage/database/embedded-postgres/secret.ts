import { randomBytes } from 'node:crypto'
import { chown, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fsyncFolder } from './fsync-folder.ts'
import { isAnother, type ProcessUser } from './process-user.ts'

/**
 * Creates the database's own password at the first start, whole or not at all, in a file that only its owner can read.
 * The file is in the data folder, never in a shared temporary one.
 */
export async function ensureSecret(path: string, user: ProcessUser): Promise<void> {
  if ((await readSecret(path)) !== undefined) return
  const unfinished = `${path}.new`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(randomBytes(32).toString('base64url'))
    await file.sync()
  } finally {
    await file.close()
  }
  if (isAnother(user)) await chown(unfinished, user.owner.uid, user.owner.gid)
  await rename(unfinished, path)
  await fsyncFolder(dirname(path))
}

/** The password; undefined if there is none yet. */
export async function readSecret(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
