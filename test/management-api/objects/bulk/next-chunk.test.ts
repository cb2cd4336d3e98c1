import { PassThrough } from 'node:stream'
import t from 'tap'
import { nextChunk } from '../../../../src/management-api/objects/bulk/next-chunk.ts'

/** Longer than the test may take: only an event of the stream can end the wait. */
const noEnd = 2 ** 31 - 1

/** A stream that is open, with a question that waits for it; it closes only when it is told to. */
function waiting() {
  const stream = new PassThrough({ autoDestroy: false, emitClose: false })
  return { stream, chunk: nextChunk(stream, noEnd) }
}

t.test('who waits for a stream hears of each event at once', async t => {
  const arriving = waiting()
  arriving.stream.write('a line')
  t.equal(String(await arriving.chunk), 'a line', 'bytes')

  const ending = waiting()
  ending.stream.end()
  t.equal(await ending.chunk, 'end', 'its end')

  const broken = waiting()
  broken.stream.destroy(new Error('reset'))
  await t.rejects(broken.chunk, { message: 'reset' }, 'its fault')

  const closed = new PassThrough()
  const left = nextChunk(closed, noEnd)
  closed.destroy()
  await t.rejects(left, { message: 'The stream broke off.' }, 'that it was closed without a fault')
})

t.test('a stream that says nothing is quiet, and nobody listens to it any more', async t => {
  const stream = new PassThrough()
  const listeners = () => stream.eventNames().map(name => [name, stream.listenerCount(name)])
  const before = listeners()
  t.equal(await nextChunk(stream, 1), 'quiet')
  t.same(listeners(), before)
  stream.end('the rest')
  t.equal(String(await nextChunk(stream, noEnd)), 'the rest')
  t.equal(await nextChunk(stream, noEnd), 'end')
  t.same(listeners(), before)
})
