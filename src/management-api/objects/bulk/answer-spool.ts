import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Text on its way to a reader who may not read for long. */
export type AnswerSpool = {
  readable: Readable
  /**
   * Resolves once the text is in memory or in the file, and the file has room again; if writing fails, the reader is told.
   * False if the reader takes nothing, so that no more should be written. One call at a time.
   */
  write: (text: string) => Promise<boolean>
  /** The reader is not waited for any more. */
  giveUp: () => void
  end: () => void
}

/** Bytes that wait in memory before the file is used. */
const memoryBytes = 256 * 1024
const pieceBytes = 64 * 1024
/**
 * `fileBytes`: the file that is so large is read to its end before more is written, but for the last batches and the summary.
 * `patience`: milliseconds for which the reader may take nothing of it.
 */
const standardLimits = { fileBytes: 32 * 1024 * 1024, patience: 10_000 }
type SpoolLimits = typeof standardLimits

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
  limits: SpoolLimits
  /** Whether the reader has taken nothing for too long: then nobody waits for it any more. */
  isGivenUp: boolean
  /** Ends the wait of a writer. */
  wake: () => void
}

/**
 * A client may send everything before it reads an answer, and the socket cannot hold all answers. Those that it has not read
 * wait in a temporary file, so that memory stays small and the client is not kept waiting. The file loses its name as soon as
 * it is open: whatever happens to the process, nothing of it stays. It has a limit: who reads nothing until then keeps us
 * waiting, and must send the rest again.
 */
export function answerSpool(limits: SpoolLimits = standardLimits): AnswerSpool {
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
    limits,
    isGivenUp: false,
    wake: () => {},
  }
  readable.on('close', () => {
    spool.wake()
    void spool.file?.close().catch(() => {})
  })
  return {
    readable,
    write: text => write(spool, Buffer.from(text)),
    giveUp: () => giveUp(spool),
    end: () => end(spool),
  }
}

async function write(spool: Spool, bytes: Buffer): Promise<boolean> {
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
  if (spool.written >= spool.limits.fileBytes && !spool.isGivenUp) await untilRead(spool)
  return !spool.isGivenUp
}

/** Waits until the file is read to its end. Gives up once the reader has taken nothing of it for too long. */
async function untilRead(spool: Spool): Promise<void> {
  let before: number | undefined
  while (spool.read < spool.written && !spool.readable.destroyed) {
    if (spool.read === before) giveUp(spool)
    if (spool.isGivenUp) return
    before = spool.read
    await pause(spool)
  }
}

function giveUp(spool: Spool): void {
  spool.isGivenUp = true
  spool.wake()
}

/** As long as a reader may take nothing, or until it has taken everything or is gone. */
function pause(spool: Spool): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, spool.limits.patience)
    spool.wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
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
    if (spool.read === spool.written) spool.wake()
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
