import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { allChanges, applyChange, type Change, type Tables } from './tables.ts'

/**
 * The data file: a line that says what it is, then a line of JSON for every commit, appended and flushed to the disk. Commits
 * that come while the disk is busy share the next flush. A kill leaves at most half a line at the end, which nobody was
 * answered for; the next start leaves it out and writes the file anew, shorter.
 */
export type Journal = { write(changes: readonly Change[]): void; saved(): Promise<void>; close(): Promise<void> }

const firstLine = JSON.stringify({ file: 'tracker-links sandbox', format: 1 })

/** Reads the file into the tables, or makes it out of what `fill` puts there. Throws if it is another file, or damaged. */
export async function openJournal(file: string, tables: Tables, fill: () => void): Promise<Journal> {
  const text = await readIfPresent(file)
  if (text === undefined || text === '') fill()
  else for (const change of readChanges(text, file)) applyChange(tables, change)
  return appendTo(file, await replaceFile(file, tables))
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readChanges(text: string, file: string): Change[] {
  const lines = text.split('\n')
  // The last line ends with a line feed, or was cut off by a kill.
  lines.pop()
  if (lines[0] !== firstLine) throw new Error(`${file} is no data file of the sandbox: name another one, or remove it.`)
  return lines.slice(1).flatMap((line, at) => {
    try {
      return JSON.parse(line) as Change[]
    } catch {
      throw new Error(
        `${file} is damaged in line ${at + 2}: the sandbox did not write it so. Restore or remove the file.`,
      )
    }
  })
}

/** Writes a whole new file beside the old one and puts it in its place. The open new one. */
async function replaceFile(file: string, tables: Tables): Promise<FileHandle> {
  const beside = `${file}.new`
  const handle = await open(beside, 'w', 0o600)
  const lines = allChanges(tables).map(change => JSON.stringify([change]))
  await handle.writeFile(`${[firstLine, ...lines].join('\n')}\n`)
  await handle.sync()
  await rename(beside, file)
  await syncFolder(dirname(file))
  return handle
}

/** Makes the new name last, where folders can be flushed. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function appendTo(file: string, handle: FileHandle): Journal {
  let waiting = ''
  let isPlanned = false
  /** The last flush that was planned. A failed one fails all after it: what memory holds is not in the file any more. */
  let last: Promise<void> = Promise.resolve()

  async function flush(): Promise<void> {
    const text = waiting
    waiting = ''
    isPlanned = false
    await checkStillOurs(file, handle)
    await handle.appendFile(text)
    await handle.datasync()
  }

  return {
    write(changes) {
      waiting += `${JSON.stringify(changes)}\n`
      if (isPlanned) return
      isPlanned = true
      last = last.then(() => setImmediate()).then(flush)
      // Whoever waits in `saved` is told; without anybody it is no unhandled rejection.
      last.catch(() => {})
    },
    saved: () => last,
    async close() {
      try {
        await last
      } finally {
        await handle.close()
      }
    },
  }
}

/** Another sandbox that opened the file has put a new one in its place; what is written here then would be lost. */
async function checkStillOurs(file: string, handle: FileHandle): Promise<void> {
  const { nlink } = await handle.stat()
  if (nlink === 0) throw new Error(`${file} was taken over by another program: start the sandbox again.`)
}
