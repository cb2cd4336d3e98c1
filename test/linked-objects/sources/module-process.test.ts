import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openModuleUpstream } from '../../../src/linked-objects/sources/module/module-upstream.ts'
import type { Step } from '../../../src/linked-objects/sources/upstream.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { until } from '../../support/until.ts'

type Told = Extract<Step, { step: 'module' }>

/** A module as a real process, without the breaker. */
function moduleUpstream(t: Test, content: string, env?: Record<string, string>) {
  const file = join(t.testdir({ 'crm.mjs': content }), 'crm.mjs')
  const upstream = openModuleUpstream({ source: 'module', file, ...(env && { env }) })
  t.teardown(() => upstream.close())
  const steps: Told[] = []
  const question = { signal: new AbortController().signal, tell: (step: Step) => steps.push(step as Told) }
  const ask = (key: string) =>
    upstream.ask(key as RemoteKey, question).catch((error: unknown) => error) as Promise<object>
  return { ask, steps, close: () => upstream.close() }
}

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const keys = Array.from({ length: 12 }, (_, index) => String(index))

t.test('what a module says to its parent mixes up no cards', async t => {
  for (const said of [
    "process.send?.('ready')",
    'process.send?.({ id: 1, json: "{}" })',
    "process.emit('message', {})",
  ]) {
    const { ask } = moduleUpstream(
      t,
      `${said}
      export default async ({ key }) => {
        ${said}
        await new Promise(resolve => setTimeout(resolve, 12 - key))
        ${said}
        return { summary: 'Card ' + key }
      }`,
    )
    // The first process may start slowly.
    await until(async () => (await ask('0')).constructor === Object)
    t.same(
      await Promise.all(keys.map(ask)),
      keys.map(key => ({ summary: `Card ${key}` })),
      said,
    )
  }
})

t.test('a module outlives the signals that its server hears as well', async t => {
  const { ask } = moduleUpstream(t, 'export default () => ({ summary: String(process.pid) })')
  const first = (await ask('1')) as { summary: string }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(Number(first.summary), signal)
  t.same(await ask('2'), first, 'the same process answers')
})

t.test('the process of a module ends when its source is closed', async t => {
  const { ask, close } = moduleUpstream(t, 'export default () => ({ summary: String(process.pid) })')
  const { summary } = (await ask('1')) as { summary: string }
  await close()
  await until(() => !isThere(Number(summary)))
})

t.test('a module has no way to its parent', async t => {
  const names = ['send', 'disconnect', 'channel', 'connected']
  const { ask } = moduleUpstream(
    t,
    `process.on('message', () => process.exit(4))
    process.on('disconnect', () => {})
    export default () => ({ summary: JSON.stringify(${JSON.stringify(names)}.filter(name => process[name])) })`,
  )
  t.same(await ask('1'), { summary: '[]' })
  const { ask: askPm2 } = moduleUpstream(t, "export default () => {\n  process.send('ready')\n}")
  t.match(await askPm2('1'), { message: /process\.send is not a function, at \S*crm\.mjs:2:11$/ })
})

t.test('a process that writes where its answers are read is ended, and says so; the server goes on', async t => {
  for (const [write, why] of [
    ["writeSync(3, 'garbage\\n')", /it wrote something else than an answer/],
    ['writeSync(3, \'{"id":99,"answer":{"json":"{}"}}\\n\')', /it wrote something else than an answer/],
    ['for (;;) try { writeSync(3, Buffer.alloc(1e6)) } catch {}', /it wrote something else than an answer/],
  ] as const) {
    const { ask } = moduleUpstream(
      t,
      `import { writeSync } from 'node:fs'
      export default async ({ key }) => {
        if (key === 'write') {
          ${write}
          await new Promise(() => {})
        }
        return { summary: key }
      }`,
    )
    t.match(await ask('write'), { name: 'SourceFailure', reason: 'failed', message: why }, write)
    t.same(await ask('next'), { summary: 'next' }, write)
  }
})

t.test('a module sees the variables that `env` gives it and a few harmless ones, and no other', async t => {
  process.env.DATABASE_URL = 'postgresql://user:canary-database@127.0.0.1/x'
  process.env.CRM_TOKEN = 'canary-token-of-another'
  process.env.HTTPS_PROXY = 'http://127.0.0.1:9'
  const { ask, steps } = moduleUpstream(t, 'export default () => ({ summary: "x", env: process.env })', {
    DEAL_TOKEN: 'canary-deal-token',
    PATH: '/owners/path',
  })
  const { env } = (await ask('1')) as { env: Record<string, string> }
  // What the test runner gives to every process that a test starts.
  for (const name of Object.keys(env)) if (/^_TAPJS_|^NODE_OPTIONS$/.test(name)) delete env[name]
  t.match(env, { DEAL_TOKEN: 'canary-deal-token', PATH: '/owners/path', HTTPS_PROXY: 'http://127.0.0.1:9' })
  t.equal(env.HOME, process.env.HOME)
  for (const name of ['DATABASE_URL', 'CRM_TOKEN']) t.notOk(name in env, name)
  t.match(steps, [{ environment: Object.keys(env).toSorted() }])
  t.notMatch(JSON.stringify(steps), 'canary')
})
