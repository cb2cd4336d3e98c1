import type { Readable } from 'node:stream'

/**
 * What has arrived of a stream; `quiet` if nothing does for `quietMs`, `end` after its last byte. Throws if the stream breaks
 * off. A loop over the stream would destroy it when it is left early, and with a request its answer.
 */
export async function nextChunk(stream: Readable, quietMs: number): Promise<Buffer | 'quiet' | 'end'> {
  for (;;) {
    const chunk: Buffer | null = stream.read()
    if (chunk !== null) return chunk
    if (stream.readableEnded) return 'end'
    if (stream.destroyed) throw stream.errored ?? new Error('The stream broke off.')
    if ((await eventOf(stream, quietMs)) === 'quiet') return 'quiet'
  }
}

function eventOf(stream: Readable, quietMs: number): Promise<'event' | 'quiet'> {
  return new Promise(resolve => {
    const settle = (outcome: 'event' | 'quiet') => {
      clearTimeout(timer)
      for (const name of names) stream.off(name, onEvent)
      resolve(outcome)
    }
    const onEvent = () => settle('event')
    const timer = setTimeout(() => settle('quiet'), quietMs)
    for (const name of names) stream.on(name, onEvent)
  })
}

const names = ['readable', 'end', 'error', 'close']
