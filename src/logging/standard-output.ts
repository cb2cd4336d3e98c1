import { fstatSync, write, writeSync } from 'node:fs'

/** Records that are written as one. */
type Piece = { bytes: Buffer; written: number; records: number }

/** Records that found no room, and the code of the failure that kept the others from leaving. */
export type Lost = { records: number; cause: string }

/** The log on its way to a file, a pipe or a terminal that may take nothing: a full disk, a reader that stalls or has ended. */
export type Output = {
  descriptor: number
  /**
   * The piece that is being gathered: its bytes so far, and its records. Not a text: that of 300 records is thousands of pieces
   * in the heap, which the collection of young objects copies each time.
   */
  gathered: Buffer
  bytes: number
  records: number
  /** Whole pieces; the first is the one being written. */
  waiting: Piece[]
  waitingBytes: number
  /** Since when a thread has the first piece, or will take it, in milliseconds; undefined if none does. */
  writingSince: number | undefined
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

/**
 * Bytes of a piece, some 300 records. Each wakes a thread that writes it and then this one, some 100 µs of processor time: one write
 * per record would take more than the answer of a card.
 */
const pieceBytes = 64 * 1024
/** Bytes that a pipe takes as a whole or not at all (PIPE_BUF of Linux), however many processes write to it. A file takes any. */
const wholeBytes = 4 * 1024
/** At most, in UTF-8. */
const bytesOfCharacter = 3
/** Bytes that wait at most. */
const mostWaiting = 1024 * 1024
const shortestPause = 5
const longestPause = 250
/** Milliseconds after which an output that takes nothing is told as trouble. */
const stuckAfter = 1_000
/** Milliseconds for the rest at the end of the process. */
const lastMoment = 500
/** Milliseconds, at the end of the process, for a piece that a thread has in its hands: nothing tells when it is done. */
const threadsMoment = 100
/** What the system says of a pipe that is full; and what is said of a write that does not return. */
const isFull = 'EAGAIN'

/**
 * An output that never blocks, never grows beyond 1 MiB and never throws: what cannot be written waits, and what finds no room
 * is dropped and counted. Pieces are written every half second, too, and at the end of the process; a kill -9 may lose the last
 * half second. pino's own output keeps everything in memory, and at the end it tries a full disk for ever. `isShared`: other
 * processes write to it, too, and no piece may be divided by theirs; a record that is longer than a pipe takes at once may be.
 */
export function openOutput(descriptor: number, isShared: boolean, tellLost: Output['tellLost']): Output {
  const isDivided = isShared && !fstatSync(descriptor).isFile()
  const output: Output = {
    descriptor,
    gathered: Buffer.allocUnsafeSlow(isDivided ? wholeBytes : pieceBytes),
    bytes: 0,
    records: 0,
    waiting: [],
    waitingBytes: 0,
    writingSince: undefined,
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
  const most = bytesOfCharacter * line.length
  const { length } = output.gathered
  if (most > length - output.bytes) flush(output)
  if (most > length) {
    add(output, Buffer.from(line), 1)
    flush(output)
    return
  }
  output.bytes += output.gathered.write(line, output.bytes)
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

/** What was gathered becomes a piece. */
function take(output: Output): void {
  const { gathered, bytes, records } = output
  if (records === 0) return
  output.bytes = 0
  output.records = 0
  add(output, Buffer.from(gathered.subarray(0, bytes)), records)
}

/** Once a piece was dropped all are, until nothing waits: so losses are told once, not by turns. */
function add(output: Output, bytes: Buffer, records: number): void {
  const { waiting } = output
  if (output.lost > 0 || (waiting.length > 0 && output.waitingBytes + bytes.length > mostWaiting)) {
    output.lost += records
    output.lostBy = output.cause ?? isFull
    return
  }
  waiting.push({ bytes, written: 0, records })
  output.waitingBytes += bytes.length
}

function writeNext(output: Output): void {
  const [piece] = output.waiting
  if (piece === undefined || output.writingSince !== undefined) return
  output.writingSince = performance.now()
  output.stuckSince ??= output.writingSince
  write(output.descriptor, piece.bytes, piece.written, (error, count) => {
    output.writingSince = undefined
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
  const { writingSince, cause, waiting } = output
  const isWriting = writingSince !== undefined
  // Node waits for its threads before it ends, and one that writes to a blocking pipe returns when somebody reads. On a pipe that
  // does not block, a piece may have waited for long, but each try to write it returns at once.
  if (isWriting && performance.now() - writingSince > stuckAfter) process.kill(process.pid, 'SIGKILL')
  // Else the rest comes before it, and a piece that no thread has begun is thrown away.
  if (isWriting) Atomics.wait(nobody, 0, 0, threadsMoment)
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
