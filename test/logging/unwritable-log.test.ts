// The log goes where nothing can be written: the server serves on, and ends when it is told to.
import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Pool } from 'undici'
import {
  asUsersStartIt,
  collectOutput,
  ended,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../support/start-program.ts'
import { testDatabase } from '../support/test-database.ts'
import { until } from '../support/until.ts'

const config = `publicUrl: https://links.example.com
applications:
  - id: demo
    name: Demo
    frontUrl: https://demo.example.com/{{remoteKey}}
    responsible: me@example.com
    authorization: { kind: token, tokens: ["\${DEMO_TOKEN}"] }
`
const token = 'canary-Zk3vQ8sW1xR7pL5nT9bH2mD6uP5g'
const headers = { authorization: `OAuth ${token}` }

type Started = { child: ChildProcess; url: string; adminUrl: string }

/** A server whose standard output is a descriptor, or a pipe that nobody has begun to read. */
async function serve(t: Test, stdout: number | 'pipe'): Promise<Started> {
  const directory = join(t.testdirName, 'server')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'tracker-links.yaml'), config)
  const { url: database } = await testDatabase(t)
  const [port, adminPort] = [await freePort(), await freePort()]
  const env = {
    ...process.env,
    DATABASE_URL: database,
    DEMO_TOKEN: token,
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    LOG_LEVEL: 'info',
    DRAIN_SECONDS: '0',
  }
  const words = [...asUsersStartIt, 'serve']
  const child = startProgram(process.execPath, words, { cwd: directory, env, stdio: ['ignore', stdout, 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  await untilAnswered(child, () => isWell(`${url}/health`), { what: 'the server' })
  return { child, url, adminUrl: `http://127.0.0.1:${adminPort}` }
}

const refusedCalls = 2_000
const id = 'x'.repeat(128)

/** Calls with a key that cannot be; each is logged twice, with some 700 bytes: 1.5 MB in all, of which 1 MiB may wait. */
async function flood({ url }: Started, calls = refusedCalls): Promise<number> {
  const pool = new Pool(url, { connections: 20 })
  let refused = 0
  const caller = async () => {
    for (let call = 0; call < calls / 20; call++) {
      const answer = await pool.request({
        method: 'GET',
        path: '/demo/objects/%00',
        headers: { ...headers, 'x-request-id': id },
      })
      await answer.body.dump()
      if (answer.statusCode === 400) refused++
    }
  }
  await Promise.all(Array.from({ length: 20 }, caller))
  await pool.close()
  return refused
}

/** The proof that a server serves on. */
async function servesOn(t: Test, started: Started): Promise<void> {
  t.equal(await flood(started), refusedCalls, 'each call is refused')
  t.ok(await isWell(`${started.url}/health`))
  const body = JSON.stringify({ issueKey: 'TEST-1', entityIds: ['1234'] })
  const json = { ...headers, 'content-type': 'application/json' }
  const created = await fetch(`${started.url}/demo/links`, { method: 'POST', headers: json, body })
  t.equal(created.status, 201)
}

async function endsWell(t: Test, { child }: Started): Promise<void> {
  child.kill('SIGTERM')
  t.equal(await ended(child), 0, 'SIGTERM ends it')
}

type Warning = { code: string; message: string }
const warningsOf = async ({ adminUrl }: Started): Promise<Warning[]> => {
  const { warnings = [] } = (await (await fetch(`${adminUrl}/health/ready`)).json()) as { warnings?: Warning[] }
  return warnings.filter(({ code }) => code === 'log-not-written')
}

type Record = { msg?: string; requestId?: string; records?: number; cause?: string }
const recordsIn = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record)
const answersIn = (records: Record[]) => records.filter(({ msg }) => msg === 'answered').length

t.test('control: a log that can be written has every call, and nothing is lost', async t => {
  const file = join(t.testdir({ log: '' }), 'log')
  const started = await serve(t, openSync(file, 'a'))
  await servesOn(t, started)
  t.same(await warningsOf(started), [])
  await endsWell(t, started)
  const records = recordsIn(readFileSync(file, 'utf8'))
  t.equal(answersIn(records), refusedCalls + 1)
  t.equal(records.at(-1)?.msg, 'stopped')
  t.notOk(records.some(({ cause }) => cause))
})

t.test('a full disk under the log', async t => {
  const started = await serve(t, openSync('/dev/full', 'w'))
  await servesOn(t, started)
  t.match(await until(async () => (await warningsOf(started))[0]), { message: /no space is left .*ENOSPC/ })
  await endsWell(t, started)
})

/** A program that reads a named pipe until it is ended. */
function readPipe(t: Test, file: string) {
  const child = startProgram('cat', [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return { end: () => stopProgram(child), printed: collectOutput(child) }
}

t.test('a log that can be written again tells what it lost, once, and no record is cut or uncounted', async t => {
  const pipe = join(t.testdir({}), 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe])
  const reader = readPipe(t, pipe)
  const started = await serve(t, openSync(pipe, 'w'))
  await until(() => /"msg":"ready"/.test(reader.printed()))
  await reader.end()
  await servesOn(t, started)
  t.match(await until(async () => (await warningsOf(started))[0]), { message: /has ended \(EPIPE\)/ })
  const later = readPipe(t, pipe)
  await until(() => /Records of this log were lost/.test(later.printed()))
  await endsWell(t, started)
  await until(() => /"msg":"stopped"/.test(later.printed()))
  const records = recordsIn(later.printed())
  const losses = records.filter(({ cause }) => cause)
  t.match(losses, [{ records: Number, cause: 'EPIPE', level: 'error' }])
  const ofCalls = records.filter(({ requestId }) => requestId).length
  t.equal(ofCalls + (losses[0]?.records ?? 0), 2 * refusedCalls + 1, 'each record is there or counted')
})

const memoryOf = ({ child }: Started) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024

t.test('a reader that stalls costs no memory, and hears afterwards what it missed', async t => {
  const started = await serve(t, 'pipe')
  const { stdout } = started.child
  if (!stdout) throw new Error('no pipe')
  stdout.pause()
  await flood(started)
  const early = memoryOf(started)
  await flood(started)
  await servesOn(t, started)
  const grown = memoryOf(started) - early
  t.comment(`${grown.toFixed(1)} MB more after ${2 * refusedCalls} calls`)
  const { message } = await until(async () => (await warningsOf(started))[0])
  t.match(message, /does not read \(EAGAIN\)/)
  t.ok(Number(/(\d+) bytes wait/.exec(message)?.[1]) < 1_100_000, message)
  let printed = ''
  stdout.on('data', piece => {
    printed += piece
  })
  stdout.resume()
  await until(() => /Records of this log were lost/.test(printed))
  await endsWell(t, started)
  const losses = recordsIn(printed).filter(({ cause }) => cause)
  t.match(losses, [{ records: Number, cause: 'EAGAIN' }])
  t.ok(printed.length < 2_000_000, 'and what was kept of it is little')
})

t.test('SIGTERM ends a server whose log nobody reads', async t => {
  const started = await serve(t, 'pipe')
  started.child.stdout?.pause()
  await flood(started, 1_500)
  started.child.kill('SIGTERM')
  const [code] = await once(started.child, 'exit')
  t.equal(code, 0)
})

t.test('the reader of the log has ended', async t => {
  const started = await serve(t, 'pipe')
  started.child.stdout?.destroy()
  await servesOn(t, started)
  t.match(await until(async () => (await warningsOf(started))[0]), { message: /has ended \(EPIPE\)/ })
  started.child.kill('SIGTERM')
  const [code] = await once(started.child, 'exit')
  t.equal(code, 0)
})
