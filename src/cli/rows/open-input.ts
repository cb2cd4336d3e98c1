import { open } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { type CliContext, CommandRefusal } from '../command.ts'
import { visible } from '../terminal-text.ts'
import type { Format } from './read-cells.ts'

const formatOfEnding: Record<string, Format> = {
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
  '.csv': 'csv',
}

/** What `--format` says, or else the file's ending. Throws CommandRefusal. */
export function chooseFormat(file: string, wish: Format | undefined): Format {
  const format = wish ?? formatOfEnding[extname(file).toLowerCase()]
  if (format) return format
  throw new CommandRefusal(
    file === '-'
      ? 'Name the format of standard input with --format: ndjson, json or csv.'
      : `${visible(file)} ends with none of ${Object.keys(formatOfEnding).join(', ')}: name its format with --format.`,
  )
}

/** What an import reads. `size` is in bytes, if it is known beforehand. */
export type ImportInput = {
  chunks: AsyncIterable<Buffer>
  size: number | undefined
  bytesRead: () => number
  close: () => void
}

/** Opens a file, or standard input for `-`. Once `signal` aborts, reading throws. Throws CommandRefusal. */
export async function openInput(file: string, context: CliContext, signal: AbortSignal): Promise<ImportInput> {
  const { stream, size } = file === '-' ? { stream: context.stdin, size: undefined } : await openFile(file, context)
  let bytesRead = 0
  async function* chunks() {
    for await (const chunk of addAbortSignal(signal, stream)) {
      bytesRead += chunk.length
      yield chunk as Buffer
    }
  }
  return { chunks: chunks(), size, bytesRead: () => bytesRead, close: () => void stream.destroy() }
}

async function openFile(
  file: string,
  { directory }: CliContext,
): Promise<{ stream: Readable; size: number | undefined }> {
  try {
    const handle = await open(resolve(directory, file))
    const status = await handle.stat()
    if (!status.isDirectory())
      return { stream: handle.createReadStream(), size: status.isFile() ? status.size : undefined }
    await handle.close()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') throw new CommandRefusal(`There is no file ${visible(file)}.`)
    if (code === 'EACCES') throw new CommandRefusal(`The file ${visible(file)} cannot be read by this user.`)
    if (code !== 'ENOTDIR' && code !== 'EISDIR') throw error
  }
  throw new CommandRefusal(`${visible(file)} is not a file; name one file with objects.`)
}
