import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
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
  const writing: Writing = { file, handle, waiting: '', isPlanned: false, last: Promise.resolve() }
  return {
    write: changes => plan(writing, changes),
    saved: () => writing.last,
    close: () => end(writing),
  }
}

type Writing = {
  readonly file: string
  readonly handle: FileHandle
  /** Lines that the next flush will write. */
  waiting: string
  isPlanned: boolean
  /** The last planned flush. If one fails, so do all after it: memory and file no longer agree. */
  last: Promise<void>
}

function plan(writing: Writing, changes: readonly Change[]): void {
  writing.waiting += `${JSON.stringify(changes)}\n`
  if (writing.isPlanned) return
  writing.isPlanned = true
  writing.last = writing.last.then(() => setImmediate()).then(() => flush(writing))
  // Those who wait in `saved` learn of a failure; if nobody does, it must not be an unhandled rejection.
  writing.last.catch(() => {})
}

async function flush(writing: Writing): Promise<void> {
  const text = writing.waiting
  writing.waiting = ''
  writing.isPlanned = false
  await checkStillOurs(writing)
  await writing.handle.appendFile(text)
  await writing.handle.datasync()
}

/** Another sandbox that opened the file has put a new one in its place; what is written here would be lost. */
async function checkStillOurs({ file, handle }: Writing): Promise<void> {
  const { nlink } = await handle.stat()
  if (nlink === 0) throw new Error(`${file} was taken over by another program: start the sandbox again.`)
}

async function end({ last, handle }: Writing): Promise<void> {
  try {
    await last
  } finally {
    await handle.close()
  }
}
