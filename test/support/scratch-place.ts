import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

/**
 * Where tests put folders that hold a PostgreSQL: in memory, if this is a Linux with the room for it. A cluster and each of its
 * databases are hundreds of small files, which a disk makes ten times as slowly. TMPDIR names another place.
 */
export const scratchPlace = process.env.TMPDIR === undefined && isRoomy('/dev/shm') ? '/dev/shm' : tmpdir()

/** Its size, not what is free now: all test files have to find the same place. A container often has 64 MB. */
function isRoomy(folder: string): boolean {
  try {
    const { blocks, bsize } = statfsSync(folder)
    return blocks * bsize >= 4 * 1024 ** 3
  } catch {
    return false
  }
}
