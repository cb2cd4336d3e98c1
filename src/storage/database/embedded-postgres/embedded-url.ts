import type { ClusterPaths } from './cluster-paths.ts'
import { embeddedUser } from './cluster-paths.ts'
import { readSecret } from './secret.ts'
import { findSocketFolder } from './socket-folder.ts'

/** The address of a database of a running Postgres, whichever process started it. Throws if none was ever started. */
export async function embeddedUrl(paths: ClusterPaths, database: string): Promise<string> {
  const secret = await readSecret(paths.secret)
  const socketFolder = await findSocketFolder(paths)
  if (secret === undefined || socketFolder === undefined) throw new Error('no embedded PostgreSQL was started here')
  return `postgresql://${embeddedUser}:${secret}@localhost/${database}?host=${encodeURIComponent(socketFolder)}`
}
