import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from '../../errors/error-code.ts'
import { type ImportJournal, type ImportStep, replay } from '../../reconciliation/import-journal.ts'
import { fsyncFolder } from '../../storage/database/embedded-postgres/fsync-folder.ts'
import type { KernelLock } from '../../storage/database/opening/kernel-lock.ts'
import { durableLines } from '../../values/durable-lines.ts'
import { CommandFailure, CommandRefusal } from '../command.ts'
import { lockBeside } from '../lock-beside.ts'
import { visible } from '../terminal-text.ts'

/** What a journal belongs to: an import of the same bytes into the same organization. */
export type JournalOf = { import: 'links' | 'remote-links'; sha256: string; organization: string; url: string }

/** An open journal. `close` frees its file and its lock. */
export type JournalFile = ImportJournal & { close: () => Promise<void> }

/**
 * Opens the journal at `path`, or begins one: a line for each step, appended and synced. Throws CommandRefusal for the journal of
 * another import, and while another import uses it.
 */
export async function openJournal(path: string, of: JournalOf): Promise<JournalFile> {
  const lock = lockJournal(path)
  let file: FileHandle | undefined
  try {
    file = await openToAppend(path)
    const { lines, keptBytes } = wholeLines(await file.readFile())
    const first = lines.shift()
    if (first !== undefined) compare(path, readLine(path, first), of)
    // The next line must not be appended to one that a stop cut short.
    await file.truncate(keptBytes)
    const append = appender(path, file)
    if (first === undefined) {
      await append(JSON.stringify({ journal: 1, ...of }))
      await fsyncFolder(dirname(path))
    }
    const handle = file
    return {
      ...replay(lines.map(line => readLine(path, line) as ImportStep)),
      append: step => append(JSON.stringify(step)),
      close: async () => {
        await handle.close()
        lock.release()
      },
    }
  } catch (error) {
    await file?.close()
    lock.release()
    throw error
  }
}

/** Appends lines. Throws CommandFailure if it can't: a step that is not in the journal must not be taken. */
function appender(path: string, file: FileHandle) {
  const append = durableLines(file)
  return async (line: string) => {
    try {
      await append(line)
    } catch (error) {
      throw new CommandFailure(`The journal ${visible(path)} can no longer be written (${errorCode(error)}).`)
    }
  }
}

/** The lines that end with a line break, and their size in bytes. */
function wholeLines(bytes: Buffer): { lines: string[]; keptBytes: number } {
  const keptBytes = bytes.lastIndexOf('\n') + 1
  return { lines: bytes.toString('utf8', 0, keptBytes).split('\n').slice(0, -1), keptBytes }
}

function readLine(path: string, line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new CommandRefusal(
      `${visible(path)} is not the journal of an import, or is damaged. Move it away, and each row is looked up in Tracker before it is sent.`,
    )
  }
}

function compare(path: string, header: unknown, of: JournalOf): void {
  const { journal, ...found } = Object(header) as Partial<JournalOf> & { journal?: unknown }
  if (journal !== 1) readLine(path, '')
  const differs = Object.entries(of).find(([name, value]) => found[name as keyof JournalOf] !== value)?.[0]
  if (differs === undefined) return
  const what =
    differs === 'sha256'
      ? 'a file with other content'
      : differs === 'import'
        ? 'another command'
        : 'another organization'
  throw new CommandRefusal(
    `${visible(path)} is the journal of ${what}; nothing was sent. Restore what it belongs to, or move it away, and each row is looked up in Tracker before it is sent.`,
  )
}

async function openToAppend(path: string): Promise<FileHandle> {
  try {
    const status = await stat(path).catch(() => undefined)
    if (status && !status.isFile()) throw Object.assign(new Error(), { code: 'not a file' })
    return await open(path, 'a+')
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** Two imports of one file at the same time would send the same links. */
function lockJournal(path: string): KernelLock {
  let lock: KernelLock | undefined
  try {
    lock = lockBeside(path)
  } catch (error) {
    throw unwritable(path, error)
  }
  if (lock) return lock
  throw new CommandRefusal(`Another import of the same file is running: ${visible(path)} is in use.`)
}

function unwritable(path: string, error: unknown): CommandRefusal {
  return new CommandRefusal(
    `The journal ${visible(path)} cannot be written (${errorCode(error)}): an import keeps it beside its file, in a folder that this user may write to.`,
  )
}
