// How a server starts where a port is taken, and how long it drains: told by its own log, without a clock.
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { scratchPlace } from '../support/scratch-place.ts'
import { asUsersStartIt, collectOutput, ended, freePort, startProgram } from '../support/start-program.ts'
import { until } from '../support/until.ts'
import { copyUsedData } from '../support/used-data.ts'

const config = `publicUrl: https://links.example.com
applications:
  - id: demo
    name: Demo
    frontUrl: https://demo.example.com/{{remoteKey}}
    responsible: me@example.com
    authorization: { kind: none }
`

/** `serve` in a folder; `before`: a command that starts it. */
function serve(directory: string, more: NodeJS.ProcessEnv, before: string[] = []) {
  writeFileSync(join(directory, 'tracker-links.yaml'), config)
  const env = { ...process.env, LOG_LEVEL: 'info', ADMIN_PORT: '0', DRAIN_SECONDS: '', ...more }
  const [command, ...words] = [...before, process.execPath, ...asUsersStartIt, 'serve']
  const child = startProgram(command, words, { cwd: directory, env })
  return { child, output: collectOutput(child) }
}

const drain = (output: () => string) =>
  until(() => /\{.*"msg":"not ready from now on"\}/.exec(output())?.[0]).then(line => JSON.parse(line))

t.test('a port that is taken is told before there is a data folder', async t => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  for (const [more, names] of [
    [{ PORT: String(port) }, 'HOST and PORT'],
    [{ PORT: '0', ADMIN_PORT: String(port) }, 'ADMIN_HOST and ADMIN_PORT'],
  ] as const) {
    const directory = t.testdir()
    const { child, output } = serve(directory, more)
    t.equal(await ended(child), 2)
    const reason = `Cannot listen on 127.0.0.1, port ${port}: another program listens there. Set ${names} to others.`
    t.match(output(), reason)
    t.notOk(existsSync(join(directory, 'data')), 'nothing was opened')
  }
})

t.test('a process that may open too few files says so, and where the limit is raised', async t => {
  const directory = await mkdtemp(join(scratchPlace, 'tracker-links-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  await copyUsedData(join(directory, 'data'))
  const { child, output } = serve(directory, { PORT: '0' }, ['sh', '-c', 'ulimit -n 120; exec "$0" "$@"'])
  t.equal(await ended(child), 2)
  t.match(
    output(),
    /Cannot listen on 127\.0\.0\.1, port 0: this process may open no more files\. Raise its limit \(ulimit -n/,
  )
})

const ask = (path: string) => async (port: number) => void (await fetch(`http://127.0.0.1:${port}${path}`))

t.test('SIGTERM drains only if something asked for the health, or if DRAIN_SECONDS says so', async t => {
  const drains = async (more: NodeJS.ProcessEnv, before: (port: number) => Promise<void>, drainSeconds: number) => {
    const directory = await mkdtemp(join(scratchPlace, 'tracker-links-'))
    t.teardown(() => rm(directory, { recursive: true, force: true }))
    await copyUsedData(join(directory, 'data'))
    const port = await freePort()
    const { child, output } = serve(directory, { ...more, PORT: String(port) })
    await until(() => /"msg":"ready"/.test(output()))
    await before(port)
    child.kill('SIGTERM')
    t.equal((await drain(output)).drainSeconds, drainSeconds)
    t.equal(await ended(child), 0, output())
  }
  await Promise.all([
    drains({}, ask('/demo/objects/1234'), 0),
    drains({}, ask('/health'), 5),
    drains({ DRAIN_SECONDS: '0' }, ask('/health'), 0),
    drains({ DRAIN_SECONDS: '1' }, ask('/demo/objects/1234'), 1),
  ])
})
