import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A server under test, as a process of its own. */
export type MirrorServer = { publicUrl: string; adminUrl: string; kill: () => Promise<void>; stop: () => Promise<void> }

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export async function startMirror(env: Record<string, string>, ...words: string[]): Promise<MirrorServer> {
  const child = fork(join(import.meta.dirname, 'server.ts'), words, { env: { ...process.env, ...env } })
  running.add(child)
  const ended = once(child, 'exit').then(() => running.delete(child))
  const [ports] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('the server ended'))),
  ])) as [[number, number]]
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  const [publicUrl = '', adminUrl = ''] = ports.map(port => `http://127.0.0.1:${port}`)
  return { publicUrl, adminUrl, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}
