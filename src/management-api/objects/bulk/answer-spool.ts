import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'

/** Text on its way to a reader who may not read for long. */
export type AnswerSpool = {
  readable: Readable
  /** Resolves once the text is in memory or in the file; where that fails, the reader is told. One call at a time. */
  write: (text: string) => Promise<void>
  end: () => void
}

/** Bytes that wait in memory before the file is used. */
const memoryBytes = 256 * 1024
const pieceBytes = 64 * 1024

/**
 * A client may send everything before it reads an answer, which is more than the socket takes: what it has not read yet waits
 * in a temporary file, so that memory stays small and the client is not kept waiting. The file has no name any more once it
 * is open: whatever happens to the process, nothing of it stays.
 */
export function answerSpool(): AnswerSpool {
  const memory: Buffer[] = []
  let bytesInMemory = 0
  let file: FileHandle | undefined
  let [written, read] = [0, 0]
  let isWanted = false
  let isReading = false
  let isEnded = false

  const readable = new Readable({
    read() {
      isWanted = true
      serve()
    },
  })
  readable.on('close', () => void file?.close().catch(() => {}))
  const give = (piece: Buffer) => {
    isWanted = readable.push(piece)
  }
  const nextPiece = () => (isWanted ? memory.shift() : undefined)
  /** What is in memory is older than what is in the file. */
  const serve = () => {
    if (isReading || readable.destroyed) return
    for (let piece = nextPiece(); piece; piece = nextPiece()) {
      bytesInMemory -= piece.length
      give(piece)
    }
    if (!isWanted) return
    if (file && read < written) void serveFile(file)
    else if (isEnded) {
      isWanted = false
      readable.push(null)
    }
  }
  const serveFile = async (from: FileHandle) => {
    isReading = true
    try {
      const room = Buffer.allocUnsafe(Math.min(pieceBytes, written - read))
      const { bytesRead } = await from.read(room, 0, room.length, read)
      if (readable.destroyed) return
      read += bytesRead
      isReading = false
      give(room.subarray(0, bytesRead))
      serve()
    } catch (error) {
      readable.destroy(error as Error)
    }
  }
  const spill = async (bytes: Buffer) => {
    file ??= await openNameless()
    // Read to its end, it begins anew.
    if (read === written) [read, written] = [0, 0]
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, written)
      done += bytesWritten
      written += bytesWritten
    }
  }

  return {
    readable,
    async write(text) {
      const bytes = Buffer.from(text)
      if (read === written && bytesInMemory < memoryBytes) {
        memory.push(bytes)
        bytesInMemory += bytes.length
      } else if (!readable.destroyed) {
        try {
          await spill(bytes)
        } catch (error) {
          // Where nobody reads any more, the file is closed.
          if (!readable.destroyed) readable.destroy(error as Error)
        }
      }
      if (isWanted) serve()
    },
    end() {
      isEnded = true
      if (isWanted) serve()
    },
  }
}

async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `tracker-links-answers-${randomUUID()}`)
  const file = await open(path, 'wx+', 0o600)
  await unlink(path)
  return file
}
