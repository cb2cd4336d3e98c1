import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Text on its way to a reader who may not read for long. */
export type AnswerSpool = {
  readable: Readable
  /** Resolves once the text is in memory or in the file; if that fails, the reader is told. One call at a time. */
  write: (text: string) => Promise<void>
  end: () => void
}

/** Bytes that wait in memory before the file is used. */
const memoryBytes = 256 * 1024
const pieceBytes = 64 * 1024

/** What is in memory is older than what is in the file. `written` and `read` are places in the file. */
type Spool = {
  readable: Readable
  memory: Buffer[]
  bytesInMemory: number
  file: FileHandle | undefined
  written: number
  read: number
  /** Whether the reader takes more. */
  isWanted: boolean
  isReading: boolean
  isEnded: boolean
}

/**
 * A client may send everything before it reads an answer, and the socket cannot hold all answers. Those that it has not read
 * wait in a temporary file, so that memory stays small and the client is not kept waiting. The file loses its name as soon as
 * it is open: whatever happens to the process, nothing of it stays.
 */
export function answerSpool(): AnswerSpool {
  const readable = new Readable({
    read() {
      spool.isWanted = true
      serve(spool)
    },
  })
  const spool: Spool = {
    readable,
    memory: [],
    bytesInMemory: 0,
    file: undefined,
    written: 0,
    read: 0,
    isWanted: false,
    isReading: false,
    isEnded: false,
  }
  readable.on('close', () => void spool.file?.close().catch(() => {}))
  return { readable, write: text => write(spool, Buffer.from(text)), end: () => end(spool) }
}

async function write(spool: Spool, bytes: Buffer): Promise<void> {
  const { readable } = spool
  if (spool.read === spool.written && spool.bytesInMemory < memoryBytes) {
    spool.memory.push(bytes)
    spool.bytesInMemory += bytes.length
  } else if (!readable.destroyed) {
    try {
      await spill(spool, bytes)
    } catch (error) {
      // Once nobody reads, the file is closed.
      if (!readable.destroyed) readable.destroy(error as Error)
    }
  }
  if (spool.isWanted) serve(spool)
}

function end(spool: Spool): void {
  spool.isEnded = true
  if (spool.isWanted) serve(spool)
}

/** Writes bytes to the end of the file. */
async function spill(spool: Spool, bytes: Buffer): Promise<void> {
  spool.file ??= await openNameless()
  // A file that was read to its end is filled from its start again.
  if (spool.read === spool.written) {
    spool.read = 0
    spool.written = 0
  }
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await spool.file.write(bytes, done, bytes.length - done, spool.written)
    done += bytesWritten
    spool.written += bytesWritten
  }
}

/** Gives the reader what it takes: from memory, then from the file. */
function serve(spool: Spool): void {
  const { readable, memory, file } = spool
  if (spool.isReading || readable.destroyed) return
  while (spool.isWanted) {
    const piece = memory.shift()
    if (!piece) break
    spool.bytesInMemory -= piece.length
    give(spool, piece)
  }
  if (!spool.isWanted) return
  if (file && spool.read < spool.written) void serveFile(spool, file)
  else if (spool.isEnded) {
    spool.isWanted = false
    readable.push(null)
  }
}

function give(spool: Spool, piece: Buffer): void {
  spool.isWanted = spool.readable.push(piece)
}

async function serveFile(spool: Spool, file: FileHandle): Promise<void> {
  const { readable } = spool
  spool.isReading = true
  try {
    const room = Buffer.allocUnsafe(Math.min(pieceBytes, spool.written - spool.read))
    const { bytesRead } = await file.read(room, 0, room.length, spool.read)
    if (readable.destroyed) return
    spool.read += bytesRead
    spool.isReading = false
    give(spool, room.subarray(0, bytesRead))
    serve(spool)
  } catch (error) {
    readable.destroy(error as Error)
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `tracker-links-answers-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return file
}
