// While the database hangs every call is answered, nothing that was acknowledged is lost, and the server recovers by itself.
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startServer, type TestServer } from './start-server.ts'

t.test('while the database hangs calls get 503, and afterwards nothing is missing', async t => {
  const server = await startServer(t)
  const before = await Promise.all(Array.from({ length: 20 }, (_, index) => create(server, `before-${index}`)))
  t.ok(before.every(answer => answer.status === 201))
  t.equal((await fetch(`${server.url}/demo/objects/1234`)).status, 200)

  const processes = await postgresProcesses(server)
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processes) process.kill(pid, name)
  }
  signal('SIGSTOP')
  let answers: Answer[]
  try {
    answers = await callAll(server)
    t.equal((await fetch(`${server.url}/health`)).status, 503)
    t.equal((await fetch(`${server.url}/demo/objects/1234`)).status, 200, 'a card that was asked for before')
  } finally {
    signal('SIGCONT')
  }
  t.same([...new Set(answers.map(answer => answer.status))], [503])
  t.ok(
    answers.every(answer => answer.retryAfter !== null && answer.code === 'database-away'),
    'with Retry-After and the code',
  )
  t.comment(`the longest took ${Math.round(Math.max(...answers.map(answer => answer.milliseconds)))} ms`)

  let after = await create(server, 'after')
  while (after.status === 503) after = await create(server, 'after')
  t.ok(after.status < 300)
  t.equal((await create(server, 'before-0')).status, 200, 'what was acknowledged is there')
  t.equal((await fetch(`${server.url}/health`)).status, 200)
})

/** 60 calls at once, of all three kinds, none of which can be answered from memory. */
function callAll(server: TestServer): Promise<Answer[]> {
  const calls = Array.from({ length: 60 }, (_, index) => {
    if (index % 3 === 0) return create(server, `during-${index}`)
    if (index % 3 === 1) return timed(fetch(`${server.url}/demo/objects/5678-${index}`))
    return timed(fetch(`${server.url}/demo/links/TEST-1/none-${index}`, { method: 'DELETE' }))
  })
  return Promise.all(calls)
}

type Answer = { status: number; retryAfter: string | null; code: unknown; milliseconds: number }

async function timed(call: Promise<Response>): Promise<Answer> {
  const started = performance.now()
  const answer = await call
  const text = await answer.text()
  const { code } = text === '' ? {} : (JSON.parse(text) as { code?: unknown })
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    code,
    milliseconds: performance.now() - started,
  }
}

const create = (server: TestServer, key: string) =>
  timed(
    fetch(`${server.url}/demo/links`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ issueKey: 'TEST-1', entityIds: [key] }),
    }),
  )

/** The postmaster of the server's data folder and all of its children. */
async function postgresProcesses(server: TestServer): Promise<number[]> {
  const file = await readFile(join(server.directory, 'data/postgres/cluster/postmaster.pid'), 'utf8')
  const postmaster = Number.parseInt(file, 10)
  const listed = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const children = [...listed.matchAll(/(\d+) +(\d+)/g)].filter(([, , parent]) => Number(parent) === postmaster)
  return [postmaster, ...children.map(([, pid]) => Number(pid))]
}
