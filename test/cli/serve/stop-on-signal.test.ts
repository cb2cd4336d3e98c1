import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

const fileOf = (path: string) => JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href)

/** A program whose stop lasts until it is told to end; it says when it is ready, stops, and has heard of a second signal. */
const programOf = (isWorker: boolean, second: string) => `
  const { stopOnSignal } = await import(${fileOf('cli/serve/stop-on-signal.ts')})
  const { createLogger } = await import(${fileOf('logging/logger.ts')})
  const told = {}
  const end = new Promise(resolve => { told.end = resolve })
  process.on('message', name => told[name]())
  const stopping = stopOnSignal(createLogger('silent'), async () => {
    // Behind the listeners that the stop has now: whoever is not ended by the signal tells of it.
    setImmediate(() => process.on(${JSON.stringify(second)}, () => process.send('heard')))
    setImmediate(() => process.send('stopping'))
    await end
  }, { drainSeconds: 0, isWorker: ${isWorker} })
  told.stop = () => stopping.stop(0)
  process.send('ready')
  await stopping.exitCode
  process.exit(0)`

async function stopTwice(isWorker: boolean, first: 'stop' | NodeJS.Signals, second: NodeJS.Signals) {
  const code = programOf(isWorker, second)
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: [...stdio] })
  const exit = once(child, 'exit')
  await once(child, 'message')
  if (first === 'stop') child.send('stop')
  else child.kill(first)
  await once(child, 'message')
  child.kill(second)
  const heard = await Promise.race([once(child, 'message'), exit])
  if (heard[0] === 'heard') child.send('end')
  return (await exit)[0]
}

t.test('a worker that is stopping, by whatever way, ends its calls whatever signal comes', async t => {
  t.equal(await stopTwice(true, 'SIGTERM', 'SIGTERM'), 0)
  t.equal(await stopTwice(true, 'stop', 'SIGHUP'), 0)
  t.equal(await stopTwice(true, 'SIGINT', 'SIGINT'), 0)
})

t.test('a second Ctrl-C ends any other program at once', async t => {
  t.equal(await stopTwice(false, 'SIGINT', 'SIGINT'), 1)
})
