import { write, writeSync } from 'node:fs'

/** Records that are written as one. */
type Piece = { bytes: Buffer; written: number; records: number }

/** Records that found no room, and the code of the failure that kept the others from leaving. */
export type Lost = { records: number; cause: string }

/** The log on its way to a file, a pipe or a terminal that may take nothing: a full disk, a reader that stalls or has ended. */
export type Output = {
  descriptor: number
  /** The piece that is being gathered, and its records. */
  gathered: string
  records: number
  /** Whole pieces; the first is the one being written. */
  waiting: Piece[]
  waitingBytes: number
  isWriting: boolean
  /** Milliseconds until the next try, after a failed write. */
  pause: number
  isPausing: boolean
  /** Since when nothing was taken, and the code of the last failure; undefined while all is well. */
  stuckSince: number | undefined
  cause: string | undefined
  /** Since the last time that nothing waited. */
  lost: number
  lostBy: string
  /** Told once for each time of losses, when writing works again. */
  tellLost: (lost: Lost) => void
}

/** Bytes of a piece: one write per record would take more time than the answer of a card. */
const pieceBytes = 8 * 1024
/** Bytes that wait at most. */
const mostWaiting = 1024 * 1024
const shortestPause = 5
const longestPause = 250
/** Milliseconds after which an output that takes nothing is told as trouble. */
const stuckAfter = 1_000
/** Milliseconds for the rest at the end of the process. */
const lastMoment = 500
/** What the system says of a pipe that is full; and what is said of a write that does not return. */
const isFull = 'EAGAIN'

/**
 * An output that never blocks, never grows beyond 1 MiB and never throws: what cannot be written waits, and what finds no room
 * is dropped and counted. Pieces are written every half second, too, and at the end of the process; a kill -9 may lose the last
 * half second. pino's own output keeps everything in memory, and at the end it tries a full disk for ever.
 */
export function openOutput(descriptor: number, tellLost: Output['tellLost']): Output {
  const output: Output = {
    descriptor,
    gathered: '',
    records: 0,
    waiting: [],
    waitingBytes: 0,
    isWriting: false,
    pause: shortestPause,
    isPausing: false,
    stuckSince: undefined,
    cause: undefined,
    lost: 0,
    lostBy: isFull,
    tellLost,
  }
  setInterval(() => flush(output), 500).unref()
  process.on('beforeExit', () => flush(output))
  process.on('exit', () => flushAtExit(output))
  return output
}

export function writeRecord(output: Output, line: string): void {
  output.gathered += line
  output.records++
  if (output.gathered.length >= pieceBytes) flush(output)
}

/** Bytes that a pipe takes as a whole or not at all (PIPE_BUF of Linux), however many processes write to it. */
const wholeBytes = 4 * 1024

/** For an output that other processes write to, too: in pieces that no piece of theirs can divide, unless one record is longer. */
export function writeWholeRecord(output: Output, line: string): void {
  if (Buffer.byteLength(output.gathered) + Buffer.byteLength(line) > wholeBytes) flush(output)
  output.gathered += line
  output.records++
}

/** What keeps the log from being written at the moment, and what to do. */
export type Trouble = { code: 'log-not-written'; message: string; hint: string }

export function troubleOf({ stuckSince, cause = isFull, lost, waitingBytes }: Output): Trouble | undefined {
  if (stuckSince === undefined || performance.now() - stuckSince < stuckAfter) return undefined
  return {
    code: 'log-not-written',
    message: `The log cannot be written: ${reasonOf(cause)}. ${lost} records are lost, ${waitingBytes} bytes wait.`,
    hint: 'Calls are answered nevertheless. Make room where standard output goes, or see to the program that reads it; once it is written again, the log tells how many records it lost.',
  }
}

/** A failure of the output in words. */
export function reasonOf(cause: string): string {
  if (cause === isFull) return 'its reader does not read (EAGAIN)'
  if (cause === 'EPIPE') return 'its reader has ended (EPIPE)'
  if (cause === 'ENOSPC') return 'no space is left under it (ENOSPC)'
  return `writing it fails (${cause})`
}

function flush(output: Output): void {
  take(output)
  if (!output.isPausing) writeNext(output)
}

/** What was gathered becomes a piece. Once one was dropped all are, until nothing waits: so losses are told once, not by turns. */
function take(output: Output): void {
  const { gathered, records, waiting } = output
  if (records === 0) return
  output.gathered = ''
  output.records = 0
  if (output.lost > 0 || (waiting.length > 0 && output.waitingBytes + gathered.length > mostWaiting)) {
    output.lost += records
    output.lostBy = output.cause ?? isFull
    return
  }
  const bytes = Buffer.from(gathered)
  waiting.push({ bytes, written: 0, records })
  output.waitingBytes += bytes.length
}

function writeNext(output: Output): void {
  const [piece] = output.waiting
  if (piece === undefined || output.isWriting) return
  output.isWriting = true
  output.stuckSince ??= performance.now()
  write(output.descriptor, piece.bytes, piece.written, (error, count) => {
    output.isWriting = false
    if (error || count === 0) return tryLater(output, error?.code ?? isFull)
    noteWritten(output, piece, count)
    writeNext(output)
  })
}

function noteWritten(output: Output, piece: Piece, count: number): void {
  output.stuckSince = undefined
  output.cause = undefined
  output.pause = shortestPause
  piece.written += count
  if (piece.written < piece.bytes.length) return
  output.waiting.shift()
  output.waitingBytes -= piece.bytes.length
  if (output.lost === 0 || output.waiting.length > 0) return
  const lost = { records: output.lost, cause: output.lostBy }
  output.lost = 0
  output.tellLost(lost)
}

/** Soon at first: the reader of a full pipe may be about to read. */
function tryLater(output: Output, cause: string): void {
  output.cause = cause
  output.isPausing = true
  const again = () => {
    output.isPausing = false
    writeNext(output)
  }
  setTimeout(again, output.pause).unref()
  output.pause = Math.min(output.pause * 2, longestPause)
}

/** What is left, if the output takes it: nothing here may keep the process from ending. */
function flushAtExit(output: Output): void {
  take(output)
  const { isWriting, cause, stuckSince, waiting } = output
  // Node waits for its threads before it ends, and one that writes to a blocking pipe returns when somebody reads.
  if (isWriting && stuckSince !== undefined && performance.now() - stuckSince > stuckAfter)
    process.kill(process.pid, 'SIGKILL')
  if (cause !== undefined && cause !== isFull) return
  const end = performance.now() + lastMoment
  for (const { bytes, written } of isWriting ? waiting.slice(1) : waiting)
    for (let at = written; at < bytes.length; ) {
      const count = tryToWrite(output.descriptor, bytes, at)
      if (count === undefined || performance.now() > end) return
      at += count
    }
}

const nobody = new Int32Array(new SharedArrayBuffer(4))

/** How many bytes were taken; undefined if none ever will be. */
function tryToWrite(descriptor: number, bytes: Buffer, at: number): number | undefined {
  try {
    return writeSync(descriptor, bytes, at)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== isFull) return undefined
    Atomics.wait(nobody, 0, 0, 10)
    return 0
  }
}
