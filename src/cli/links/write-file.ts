import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'

/**
 * Writes a file whole or not at all: beside its place, flushed to the disk, then renamed. A former file stays until then.
 * Throws CommandRefusal if no file can be written.
 */
export async function writeWholeFile(
  file: string,
  directory: string,
  source: () => Readable,
  mode = 0o666,
): Promise<void> {
  const target = await findTarget(file, resolve(directory, file))
  const unfinished = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.unfinished`)
  try {
    await pipeline(source(), createWriteStream(unfinished, { flags: 'wx', flush: true, mode }))
    await rename(unfinished, target)
  } catch (error) {
    // If this fails, it is for the reason that is thrown below.
    await rm(unfinished, { force: true }).catch(() => {})
    throw refusal(error, file) ?? error
  }
}

/** The file that a link leads to. A device or a pipe must not be replaced by a file. */
async function findTarget(file: string, path: string): Promise<string> {
  const status = await stat(path).catch(() => undefined)
  if (!status) return path
  if (!status.isFile())
    throw new CommandRefusal(`${visible(file)} is not a file, and no file is put in its place. Name a file.`)
  return realpath(path)
}

function refusal(error: unknown, file: string): CommandRefusal | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const why = { ENOENT: 'its folder does not exist', EACCES: 'this user may not', ENOTDIR: 'its folder is a file' }[
    code
  ]
  return why === undefined ? undefined : new CommandRefusal(`${visible(file)} cannot be written: ${why}.`)
}
