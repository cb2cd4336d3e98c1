import type { FileHandle } from 'node:fs/promises'
import { durableLines } from '../../values/durable-lines.ts'
import { readDataFile, replaceDataFile } from './data-file.ts'
import { applyChange, type Change, type Tables } from './tables.ts'

/**
 * The data file: a line that says what it is, then a line of JSON for every commit, appended and flushed to the disk. Commits
 * that come while the disk is busy share the next flush. A kill leaves at most half a line at the end, which was never
 * answered; the next start leaves it out, and writes the file anew without replaced records.
 */
export type Journal = { write(changes: readonly Change[]): void; saved(): Promise<void>; close(): Promise<void> }

/** Reads the file into the tables, or creates it from what `fill` puts there. Throws if it is another file, or damaged. */
export async function openJournal(file: string, tables: Tables, fill: () => void): Promise<Journal> {
  const changes = await readDataFile(file)
  if (changes) for (const change of changes) applyChange(tables, change)
  else fill()
  const handle = await replaceDataFile(file, tables)
  const append = durableLines({
    appendFile: async text => {
      await checkStillOurs(file, handle)
      await handle.appendFile(text)
    },
    datasync: () => handle.datasync(),
  })
  // The last line. If one fails, so do all after it: memory and file no longer agree.
  let last = Promise.resolve()
  return {
    write: changes => {
      last = append(JSON.stringify(changes))
      // Those who wait in `saved` learn of a failure; if nobody does, it must not be an unhandled rejection.
      last.catch(() => {})
    },
    saved: () => last,
    close: async () => {
      try {
        await last
      } finally {
        await handle.close()
      }
    },
  }
}

/** Another sandbox that opened the file has put a new one in its place; what is written here would be lost. */
async function checkStillOurs(file: string, handle: FileHandle): Promise<void> {
  const { nlink } = await handle.stat()
  if (nlink === 0) throw new Error(`${file} was taken over by another program: start the sandbox again.`)
}
