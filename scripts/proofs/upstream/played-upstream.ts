import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Mood, UpstreamMessage } from './program.ts'

/** Starts an HTTP API of an application, see program.ts. */
export async function playUpstream(port: number) {
  const child = fork(fileURLToPath(new URL('program.ts', import.meta.url)), [String(port)])
  process.once('exit', () => child.kill('SIGKILL'))
  /** When requests came, in milliseconds since 1970. */
  const asked: number[] = []
  const moods: Mood[] = []
  child.on('message', (message: UpstreamMessage) => {
    if ('asked' in message) asked.push(message.asked)
    else moods.push(message.mood)
  })
  const told = async (count: number) => {
    while (moods.length < count) await once(child, 'message')
  }
  await told(1)
  return {
    asked,
    be: async (mood: Mood) => {
      const before = moods.length
      child.send(mood)
      await told(before + 1)
    },
    close: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
