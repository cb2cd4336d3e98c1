import type { Readable } from 'node:stream'

/**
 * What has arrived of a stream; `quiet` where nothing does for `patience` milliseconds, `end` behind its last byte. Throws
 * where the stream breaks off. Unlike a loop over the stream it can be left without destroying it, which on a request would
 * take the answer with it.
 */
export async function nextChunk(stream: Readable, patience: number): Promise<Buffer | 'quiet' | 'end'> {
  for (;;) {
    const chunk: Buffer | null = stream.read()
    if (chunk !== null) return chunk
    if (stream.readableEnded) return 'end'
    if (stream.destroyed) throw stream.errored ?? new Error('The stream broke off.')
    if ((await eventOf(stream, patience)) === 'quiet') return 'quiet'
  }
}

function eventOf(stream: Readable, patience: number): Promise<'event' | 'quiet'> {
  return new Promise(resolve => {
    const settle = (outcome: 'event' | 'quiet') => {
      clearTimeout(timer)
      for (const name of names) stream.off(name, onEvent)
      resolve(outcome)
    }
    const onEvent = () => settle('event')
    const timer = setTimeout(() => settle('quiet'), patience)
    for (const name of names) stream.on(name, onEvent)
  })
}

const names = ['readable', 'end', 'error', 'close']
