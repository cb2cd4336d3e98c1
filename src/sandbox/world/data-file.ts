import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { allChanges, type Change, type Tables } from './tables.ts'

const firstLine = JSON.stringify({ file: 'tracker-links sandbox', format: 1 })

/** The changes of a data file; undefined if there is none yet. Throws if it is another file, or damaged. */
export async function readDataFile(file: string): Promise<Change[] | undefined> {
  const text = await readIfPresent(file)
  return text === undefined || text === '' ? undefined : readChanges(text, file)
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
  // What follows the last line feed is empty, or a line that a kill cut off.
  lines.pop()
  if (lines[0] !== firstLine)
    throw new Error(`${file} is not a data file of the sandbox: name another one, or remove it.`)
  return lines.slice(1).flatMap((line, at) => {
    try {
      return JSON.parse(line) as Change[]
    } catch {
      const reason = 'the sandbox did not write it like this'
      throw new Error(`${file} is damaged in line ${at + 2}: ${reason}. Restore or remove the file.`)
    }
  })
}

/** Writes a whole new file beside the old one and puts it in its place. Returns the new one, open for appending. */
export async function replaceDataFile(file: string, tables: Tables): Promise<FileHandle> {
  const beside = `${file}.new`
  const handle = await open(beside, 'w', 0o600)
  const lines = allChanges(tables).map(change => JSON.stringify([change]))
  await handle.writeFile(`${[firstLine, ...lines].join('\n')}\n`)
  await handle.sync()
  await rename(beside, file)
  await syncFolder(dirname(file))
  return handle
}

/** Makes the new name durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
