import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { answerSpool } from '../../../../src/management-api/objects/bulk/answer-spool.ts'

/** More than waits in memory; the rest goes to the file. */
const text = (name: string, bytes: number) => `${name} `.repeat(bytes).slice(0, bytes)

t.test('a file that was read to its end and is used again gives what is new, and nothing of what it held', async t => {
  const { readable, write, end } = answerSpool()
  const [long, short] = [text('former', 2_000_000), text('later', 500_001)]
  await writePieces(write, long)
  t.ok((await take(readable, long.length)).equals(Buffer.from(long)), 'everything, in its order')

  // Nobody reads meanwhile, so that the file is used again; it holds the former text behind the later one.
  await writePieces(write, short)
  end()
  t.ok((await buffer(readable)).equals(Buffer.from(short)), 'the later text alone')
})

async function writePieces(write: (piece: string) => Promise<unknown>, whole: string): Promise<void> {
  for (let start = 0; start < whole.length; start += 50_000) await write(whole.slice(start, start + 50_000))
}

/** The next bytes of a stream, which is read no further. */
async function take(readable: Readable, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for (let taken = 0; taken < bytes; ) {
    const piece: Buffer | null = readable.read()
    if (piece === null) await nextTurn()
    else taken += pieces[pieces.push(piece) - 1]?.length ?? 0
  }
  return Buffer.concat(pieces)
}
