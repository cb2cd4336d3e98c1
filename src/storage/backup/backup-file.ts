import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import { lastLine, lineSplitter, pushChunk } from '../../values/split-lines.ts'
import { StorageFault } from '../database/storage-fault.ts'

/** The bytes of a backup file: its lines through gzip, which every machine can read without us. */
export function packLines(lines: AsyncIterable<string[]>): Readable {
  const text = Readable.from(joined(lines), { objectMode: false })
  const packed = createGzip({ level: 5 })
  text.once('error', error => packed.destroy(error))
  packed.once('close', () => text.destroy())
  return text.pipe(packed)
}

async function* joined(lines: AsyncIterable<string[]>): AsyncGenerator<Buffer> {
  for await (const batch of lines) yield Buffer.from(`${batch.join('\n')}\n`)
}

const damaged = (what: string, cause?: unknown) =>
  new StorageFault(
    'backup-invalid',
    `The file is not a whole backup: ${what}. Nothing was restored; take another one.`,
    cause,
  )

const fault = (rule: string) => ({ field: '', rule, hint: '' })
const rules = {
  maxBytes: 64 * 1024 * 1024,
  tooLong: fault('a line is too long'),
  notUtf8: fault('a line is not UTF-8'),
}

/** The lines of a backup file. Throws StorageFault `backup-invalid`, and the system's errors. */
export async function* unpackLines(path: string): AsyncGenerator<string[]> {
  const file = createReadStream(path)
  const unpacked = createGunzip()
  file.once('error', error => unpacked.destroy(error))
  const splitter = lineSplitter(rules)
  try {
    for await (const chunk of file.pipe(unpacked)) yield pushChunk(splitter, chunk as Buffer).map(textOf)
    yield lastLine(splitter).map(textOf)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (!code.startsWith('Z_')) throw error
    throw damaged(code === 'Z_BUF_ERROR' ? 'its end is missing' : 'it is not compressed by gzip, or was changed', error)
  } finally {
    file.destroy()
  }
}

function textOf(line: ReturnType<typeof lastLine>[number]): string {
  if ('text' in line) return line.text
  throw damaged(`line ${line.line}: ${line.faults[0]?.rule}`)
}
