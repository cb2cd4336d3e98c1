import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StorageFault } from '../storage-fault.ts'
import type { ClusterPaths } from './cluster-paths.ts'
import { isAnother, type ProcessUser } from './process-user.ts'

// sockaddr_un holds 108 bytes on Linux and 104 on macOS, including the final NUL.
const longestSocketPath = process.platform === 'darwin' ? 103 : 107
const fits = (folder: string) => Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= longestSocketPath

/**
 * The folder of the Unix socket, mode 0700. It is below the data folder; if that path is too long for a socket, it is a
 * private folder in the temporary one, and a note holds its path for other processes. Throws StorageFault
 * `data-folder-unusable`.
 */
export async function ensureSocketFolder(paths: ClusterPaths, user: ProcessUser): Promise<string> {
  if (fits(paths.socketFolder)) {
    await mkdir(paths.socketFolder, { recursive: true, mode: 0o700 })
    await ownPrivately(paths.socketFolder, user)
    return paths.socketFolder
  }
  const noted = await findSocketFolder(paths)
  if (noted !== undefined && (await isPrivate(noted, user))) return noted
  const parent = [tmpdir(), '/tmp'].find(folder => fits(join(folder, 'tracker-links-XXXXXX')))
  if (parent === undefined)
    throw new StorageFault(
      'data-folder-unusable',
      `The paths of the data folder (${paths.folder}) and of the temporary folder (${tmpdir()}) are both too long for a socket: choose a shorter DATA_DIR.`,
    )
  const made = await mkdtemp(join(parent, 'tracker-links-'))
  await ownPrivately(made, user)
  const unfinished = `${paths.socketFolderNote}.new`
  await writeFile(unfinished, made)
  await rename(unfinished, paths.socketFolderNote)
  return made
}

/** Where the socket of a running Postgres is; undefined if none was ever started. */
export async function findSocketFolder(paths: ClusterPaths): Promise<string | undefined> {
  if (fits(paths.socketFolder)) return paths.socketFolder
  return await readFile(paths.socketFolderNote, 'utf8').catch(() => undefined)
}

/** Removes the folder if it is in the temporary one. Call it once Postgres has stopped. */
export async function removeSocketFolder(paths: ClusterPaths, socketFolder: string): Promise<void> {
  if (socketFolder === paths.socketFolder) return
  await rm(paths.socketFolderNote, { force: true })
  await rm(socketFolder, { recursive: true, force: true })
}

/** Everybody can write to the temporary folder: the folder that the note names must still be ours and closed to others. */
async function isPrivate(folder: string, user: ProcessUser): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined)
  return found?.isDirectory() === true && found.uid === user.owner.uid && (found.mode & 0o077) === 0
}

async function ownPrivately(folder: string, user: ProcessUser): Promise<void> {
  await chmod(folder, 0o700)
  if (isAnother(user)) await chown(folder, user.owner.uid, user.owner.gid)
}
