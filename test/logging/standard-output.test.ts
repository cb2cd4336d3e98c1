import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'

const logger = new URL('../../src/logging/logger.ts', import.meta.url).href
const run = (code: string, env: NodeJS.ProcessEnv = {}) =>
  spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })

for (const [when, busy] of [
  ['', ''],
  // One thread, with work of its own: what is being written when the program ends has not been begun.
  [
    ', though the thread that writes is busy',
    "process.getBuiltinModule('node:crypto').pbkdf2('', '', 20_000, 32, 'sha1', () => {})",
  ],
] as const)
  t.test(`what was logged last is there, in its order, when the program ends${when}`, async t => {
    const child = run(
      `
      const { createLogger } = await import(${JSON.stringify(logger)})
      const log = createLogger('info')
      ${busy}
      for (let i = 1; i <= 1_000; i++) log.info({ i }, 'text')
      process.exit(0)`,
      { UV_THREADPOOL_SIZE: '1' },
    )
    let printed = ''
    child.stdout.on('data', piece => {
      printed += piece
    })
    const [code] = await once(child, 'close')
    t.equal(code, 0)
    const numbers = printed
      .trimEnd()
      .split('\n')
      .map(line => (JSON.parse(line) as { i: number }).i)
    t.same(
      numbers,
      Array.from({ length: 1_000 }, (_, index) => index + 1),
    )
  })

t.test('a write that never returns does not keep the program from ending', async t => {
  // The program never touches process.stdout, so the pipe blocks and with it the thread that writes: Node waits for it.
  const child = run(`
    const { createLogger, logTrouble } = await import(${JSON.stringify(logger)})
    const log = createLogger('info')
    log.info('x'.repeat(200_000))
    setInterval(() => logTrouble(log) && process.exit(0), 20)`)
  child.stdout.pause()
  const [code, signal] = await once(child, 'exit')
  t.same([code, signal], [null, 'SIGKILL'])
})

t.test('a write that is just tried again does not make the end of the program a kill', async t => {
  // The pipe does not block: what it does not take fails at once. The thread that would find out is busy when the program ends.
  const child = run(
    `
    process.stdout.on('error', () => {})
    const { createLogger, logTrouble } = await import(${JSON.stringify(logger)})
    const { pbkdf2 } = process.getBuiltinModule('node:crypto')
    const log = createLogger('info')
    for (let i = 0; i < 10; i++) log.info('x'.repeat(100_000))
    const stuck = setInterval(() => {
      if (logTrouble(log) === undefined) return
      clearInterval(stuck)
      // A slow clock, for a slow machine: the try is never a second old.
      const [began, now] = [performance.now(), performance.now.bind(performance)]
      performance.now = () => began + (now() - began) / 4
      for (let i = 0; i < 4; i++) pbkdf2('', '', 300_000, 32, 'sha1', () => {})
      setTimeout(() => process.exit(0), 300)
    }, 20)`,
    { UV_THREADPOOL_SIZE: '1' },
  )
  child.stdout.pause()
  const [code, signal] = await once(child, 'exit')
  t.same([code, signal], [0, null])
})
