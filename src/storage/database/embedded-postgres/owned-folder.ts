import { chown, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

// What root creates in a user's folder is given to that user, who may be the one to start the program the next time.

/** Creates a folder and its missing parents, each owned by the owner of the folder that it is in. */
export async function makeOwnedFolder(path: string, mode: number): Promise<void> {
  const there = await stat(path).catch(() => undefined)
  if (there?.isDirectory()) return
  await makeOwnedFolder(dirname(path), 0o755)
  await mkdir(path, { recursive: true, mode })
  await giveToOwnerOf(dirname(path), path)
}

/** Creates an empty file that only its owner may open. A file that exists is not even opened. */
export async function makeOwnedFile(path: string): Promise<void> {
  try {
    await writeFile(path, '', { flag: 'wx', mode: 0o600 })
    await giveToOwnerOf(dirname(path), path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Gives a file or a folder to the owner of the folder that it is in. Only root can, and only root has to. */
export async function giveToOwnerOf(folder: string, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  if (uid !== 0) await chown(path, uid, gid)
}
