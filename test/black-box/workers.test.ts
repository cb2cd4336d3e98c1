// Several workers behind one command, as their users see them: real processes, real signals.
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { collectOutput, ended, program, startProgram } from '../support/start-program.ts'
import { until } from '../support/until.ts'
import { startServer } from './start-server.ts'

const token = 'canary-a7Qm2xK9vT4bN8sW3yF6hJ1dL'
const config = (authorization: string, more = '') => `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: ${authorization}
${more}`
const open = '{ kind: none }'
const closed = `{ kind: token, tokens: ["${token}"] }`
const server = await startServer(t, { config: config(open), env: { WORKERS: '2', LOG_LEVEL: 'info' } })
const file = join(server.directory, 'tracker-links.yaml')
const primary = server.process().pid as number

/** The workers of a primary that run, by their process ids. */
function workersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return children.map(Number).filter(child => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(program))
}

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const readiness = async () =>
  (await (await fetch(`${server.adminUrl}/health/ready`)).json()) as { warnings?: unknown[] }
const allReady = () => until(async () => (await readiness()).warnings === undefined)

type Call = { method?: string; path?: string; body?: object; agent?: Agent }
let answered = 0

async function callOnce({ method = 'GET', path = '/crm/objects/1', body, agent }: Call) {
  const call = request(`${server.url}${path}`, {
    method,
    agent: agent ?? false,
    headers: body ? { 'content-type': 'application/json' } : {},
  })
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  call.on('response', resolve).on('error', error => reject(Object.assign(error, { reused: call.reusedSocket })))
  call.end(body && JSON.stringify(body))
  const answer = await promise
  const shown = await text(answer)
  answered++
  return { status: answer.statusCode, body: shown, id: String(answer.headers['x-request-id']) }
}

/** As HTTP has it: only what may be repeated is, and only if the connection ended before a byte of an answer. */
async function call(sent: Call) {
  for (;;) {
    try {
      return await callOnce(sent)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ECONNRESET' || (sent.method ?? 'GET') === 'POST') throw error
    }
  }
}

/** Which worker answered a call, as the log has it. */
const workerOf = (id: string) =>
  until(() => {
    const record = server
      .output()
      .split('\n')
      .find(line => line.includes(id) && line.endsWith('}'))
    return record === undefined ? undefined : (JSON.parse(record) as { pid: number }).pid
  })

/** A connection that is kept to each of the workers. */
async function connections(): Promise<Map<number, Agent>> {
  const found = new Map<number, Agent>()
  await until(async () => {
    const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
    t.teardown(() => agents.map(agent => agent.destroy()))
    const answers = await Promise.all(agents.map(agent => call({ agent })))
    for (const [index, { id }] of answers.entries()) found.set(await workerOf(id), agents[index] as Agent)
    return found.size === 2
  })
  return found
}

const link = (key: string) => ({ method: 'POST', path: '/crm/links', body: { issueKey: 'TEST-1', entityIds: [key] } })

const counted = async () => {
  const shown = await (await fetch(`${server.adminUrl}/metrics`, { headers: { connection: 'close' } })).text()
  const calls = [...shown.matchAll(/^tracker_links_calls_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count))
  const [, workers] = /^tracker_links_workers (\d+)$/m.exec(shown) ?? []
  const [, restarts] = /^tracker_links_worker_restarts_total (\d+)$/m.exec(shown) ?? []
  return { calls: calls.reduce((sum, count) => sum + count), workers, restarts }
}

const statuses = async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => call({})))
  return [...new Set(answers.map(({ status }) => status))]
}

t.test('both answer; a card that one is given is shown by the other at once', async t => {
  await until(() => server.output().includes('"msg":"ready"'))
  const workers = workersOf(primary)
  const at = await connections()
  t.same(new Set(at.keys()), new Set(workers))
  const { stdout } = await server.command('keys', 'create', '--name', 'test', '--scope', 'objects:write')
  const headers = { authorization: `Bearer ${/tlk_\S+/.exec(stdout)?.[0]}`, 'content-type': 'application/json' }
  for (const summary of ['One', 'Two', 'Three', 'Four']) {
    const url = `${server.adminUrl}/api/applications/crm/objects/1`
    const put = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ summary }) })
    t.ok(put.ok, await put.text())
    for (const agent of at.values())
      await until(async () => JSON.parse((await call({ agent })).body).summary === summary)
  }
})

t.test('a worker that is killed is replaced, and no call fails but what it had in flight', async t => {
  for (const _ of [1, 2]) {
    const [victim = 0] = workersOf(primary)
    const kept = new Agent({ keepAlive: true, maxSockets: 16 })
    await Promise.all(Array.from({ length: 16 }, () => call({ agent: kept })))
    // Stopped, it takes no call any more that it would have in flight; what is under way to it has to go to the other.
    process.kill(victim, 'SIGSTOP')
    const created = Array.from({ length: 20 }, (_, n) => call(link(`${victim}-${n}`)))
    const shown = Array.from({ length: 30 }, () => call({ agent: kept }))
    process.kill(victim, 'SIGKILL')
    t.same(new Set((await Promise.all(created)).map(({ status }) => status)), new Set([201]))
    t.same(new Set((await Promise.all(shown)).map(({ status }) => status)), new Set([200]))
    kept.destroy()
    await until(() => workersOf(primary).length === 2 && !workersOf(primary).includes(victim))
    await allReady()
  }
})

t.test('the metrics of either are those of both, and go on after one has ended', async t => {
  const before = await counted()
  const from = answered
  await Promise.all(Array.from({ length: 40 }, () => call({})))
  for (const _ of [1, 2, 3]) t.match(await counted(), { calls: before.calls + answered - from, workers: '2' })
  const [victim = 0] = workersOf(primary)
  process.kill(victim, 'SIGTERM')
  await until(() => !workersOf(primary).includes(victim) && workersOf(primary).length === 2)
  await allReady()
  t.match(await counted(), { calls: before.calls + answered - from, workers: '2', restarts: '3' })
})

t.test('a reload reaches all, one with a fault none, and a new worker serves what the others serve', async t => {
  t.same(await statuses(), [200])
  await writeFile(file, config(closed))
  t.match(await server.command('reload'), { code: 0, stdout: /changed: crm/ })
  t.same(await statuses(), [401])
  await writeFile(file, config(open))
  process.kill(primary, 'SIGHUP')
  await until(async () => (await statuses()).join() === '200')
  await writeFile(file, config(closed, 'nonsense: 1\n'))
  t.match(await server.command('reload'), { code: 2 })
  const [victim = 0] = workersOf(primary)
  process.kill(victim, 'SIGKILL')
  await until(() => workersOf(primary).length === 2 && !workersOf(primary).includes(victim))
  await allReady()
  t.same(await statuses(), [200])
})

t.test('SIGTERM ends all, and every line of the log is whole', async t => {
  const workers = workersOf(primary)
  t.equal(await server.stop(), 0)
  t.notOk(workers.some(isThere))
  const records = server
    .output()
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { pid: number })
  t.ok(new Set(records.map(({ pid }) => pid)).size > 2)
})

t.test(
  'what the configuration has wrong, or what keeps every worker from starting, is said once and ends the program',
  async t => {
    const serve = async (more: NodeJS.ProcessEnv = {}) => {
      const env = { ...process.env, ...server.env, ...more }
      const child = startProgram(process.execPath, [program, 'serve'], { cwd: server.directory, env })
      const output = collectOutput(child)
      return { code: await ended(child), output: output() }
    }
    const refused = await serve()
    t.match(refused, { code: 2, output: 'nonsense' })
    t.equal(refused.output.split('tracker-links.yaml:').length, 2)
    await writeFile(file, config(open))
    const failing = join(server.directory, 'failing.cjs')
    const mark = join(server.directory, 'fail')
    await writeFile(
      failing,
      `if (process.env.TRACKER_LINKS_WORKER && require('fs').existsSync('${mark}')) { console.error('it cannot start'); process.exit(7) }`,
    )
    await writeFile(mark, '')
    const env = { NODE_OPTIONS: `--require=${failing}` }
    const failed = await serve(env)
    t.equal(failed.code, 7)
    t.equal(failed.output.split('it cannot start').length, 2)
    await rm(mark)
    await server.start(env)
    const pid = server.process().pid as number
    await until(() => workersOf(pid).length === 2)
    await writeFile(mark, '')
    for (const worker of workersOf(pid)) process.kill(worker, 'SIGKILL')
    t.equal(await ended(server.process()), 7, 'it does not try for ever')
    await rm(mark)
  },
)

t.test('no worker outlives a primary that is killed', async t => {
  await server.start()
  const pid = server.process().pid as number
  await until(() => workersOf(pid).length === 2)
  const workers = workersOf(pid)
  await server.stop('SIGKILL')
  await until(() => !workers.some(isThere))
  t.pass()
})
