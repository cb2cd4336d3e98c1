import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CommandFailure, CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'

export type NewFile = { path: string; text: string; mode: number }

/**
 * Writes new files, all or none, and never over another file: each is flushed to the disk beside its place first, and then gets
 * its name. Nothing here waits, so that no Ctrl-C comes in between. Throws CommandRefusal if a name is taken.
 */
export function writeNewFiles(files: readonly NewFile[]): void {
  const mark = randomBytes(4).toString('hex')
  const unfinished = files.map(({ path }) => join(dirname(path), `.${basename(path)}.${mark}.unfinished`))
  const named: string[] = []
  try {
    for (const [index, { text, mode }] of files.entries()) writeFlushed(unfinished[index] as string, text, mode)
    for (const [index, { path }] of files.entries()) {
      giveName(unfinished[index] as string, path)
      named.push(path)
    }
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) flush(folder)
  } catch (error) {
    for (const path of named) rmSync(path, { force: true })
    throw toldFault(error)
  } finally {
    for (const path of unfinished) rmSync(path, { force: true })
  }
}

function writeFlushed(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', mode)
  try {
    const bytes = Buffer.from(text)
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A second name for a finished file, which fails if the name is taken. Some file systems have no second names. */
function giveName(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || existsSync(path)) throw error
    copyFileSync(unfinished, path, constants.COPYFILE_EXCL)
    flush(path)
  }
}

function flush(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function toldFault(error: unknown): unknown {
  const { path = '', dest } = error as { path?: string; dest?: string }
  const file = visible(dest ?? path)
  const code = codeOf(error)
  if (code === 'EEXIST') return new CommandRefusal(`${file} was made meanwhile. Nothing was written.`)
  if (code === undefined) return error
  return new CommandFailure(`${file || 'A file'} could not be written (${code}). Nothing was written.`)
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined
