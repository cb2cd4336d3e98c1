import { createHash } from 'node:crypto'
import { BackupFault } from './backup-fault.ts'
import type { ControlLine } from './backup-format.ts'

/** A line that says what follows, or whole lines of rows. */
export type Piece = { control: ControlLine } | { rows: Buffer; count: number }

const lineEnd = 10
const controlStart = Buffer.from('{"#')

/**
 * The pieces of a backup, until its last line, whose hash is compared. Throws BackupFault if it is cut, or if it holds anything
 * else than what was written.
 */
export async function* readPieces(bytes: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const hash = createHash('sha256')
  let whole: string | undefined
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of bytes) {
    const text = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const { pieces, read } = divide(text)
    rest = text.subarray(read)
    for (const { piece, raw } of pieces) {
      if (whole !== undefined) throw new BackupFault('The backup goes on behind its last line.')
      if ('control' in piece && piece.control['#whole'] !== undefined) {
        whole = piece.control['#whole']
        if (whole !== hash.digest('hex')) throw new BackupFault('The backup was changed after it was written.')
      } else hash.update(raw)
      yield piece
    }
  }
  if (whole === undefined || rest.length > 0)
    throw new BackupFault('The backup is cut: its last line is missing. Take one that was written to its end.')
}

/** The whole lines of a text: runs of rows, and control lines one by one. */
function divide(text: Buffer): { pieces: { piece: Piece; raw: Buffer }[]; read: number } {
  const pieces: { piece: Piece; raw: Buffer }[] = []
  let [runStart, at, count] = [0, 0, 0]
  const endRun = () => {
    const rows = text.subarray(runStart, at)
    if (rows.length > 0) pieces.push({ piece: { rows, count }, raw: rows })
    count = 0
  }
  for (let end = text.indexOf(lineEnd); end !== -1; end = text.indexOf(lineEnd, at)) {
    if (text.subarray(at, at + controlStart.length).equals(controlStart)) {
      endRun()
      const raw = text.subarray(at, end + 1)
      pieces.push({ piece: { control: readControl(raw) }, raw })
      runStart = end + 1
    } else count++
    at = end + 1
  }
  endRun()
  return { pieces, read: at }
}

function readControl(raw: Buffer): ControlLine {
  try {
    return JSON.parse(raw.toString()) as ControlLine
  } catch {
    throw new BackupFault('The backup was changed after it was written.')
  }
}
