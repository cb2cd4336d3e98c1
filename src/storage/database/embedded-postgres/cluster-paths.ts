import { join } from 'node:path'

/** The files of the embedded PostgreSQL; `folder` is `postgres` in the data folder. */
export function clusterPaths(folder: string) {
  return {
    folder,
    cluster: join(folder, 'cluster'),
    secret: join(folder, 'secret'),
    socketFolder: join(folder, 'socket'),
    /** Holds the path of the socket folder if it had to be put elsewhere. */
    socketFolderNote: join(folder, 'socket-folder'),
    log: join(folder, 'log'),
  }
}

export type ClusterPaths = ReturnType<typeof clusterPaths>

/** The one user of the embedded database, and its database. */
export const embeddedUser = 'tracker_links'
export const embeddedDatabase = 'tracker_links'
