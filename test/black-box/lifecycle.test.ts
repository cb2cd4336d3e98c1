// What survives: a kill, a stop in the middle of work, and a command that runs beside the server or without it.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseDocument } from 'yaml'
import { ended, program, startProgram } from '../support/start-program.ts'
import { until } from '../support/until.ts'
import { demoConfig, startServer } from './start-server.ts'

const create = (url: string, ...entityIds: string[]) =>
  fetch(`${url}/demo/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey: 'TEST-123', entityIds }),
  })

const server = await startServer(t, { env: { NODE_ENV: '' } })
/** Without the sandbox, which only the first starts need. */
const plain = { NODE_ENV: 'production', TRACKER_LINKS_CONFIG: 'plain.yaml' }
await writeFile(join(server.directory, plain.TRACKER_LINKS_CONFIG), demoConfig)

/** Everything that a start prints, once the sandbox runs. */
const banner = () => until(() => /Listening on(?:.*\n)+?A card: .*/.exec(server.output())?.[0])

t.test('the first start says what a new user needs: addresses, data, the missing token, a card', async t => {
  const printed = await banner()
  t.match(printed, `Listening on ${server.url}`)
  t.match(printed, new RegExp(`Data: embedded PostgreSQL [\\d.]+ in \\S*${server.directory}/data`))
  t.match(printed, /No configuration file was found.*without a token.*WARNING/)
  const card = /A card: curl (\S+)/.exec(printed)?.[1] ?? ''
  const answer = await fetch(card)
  t.equal(answer.status, 200)
  const shown = (await answer.json()) as { iconUrl: string }
  t.match(shown, { key: '1234', summary: String })
  const [program = '', ...words] = await until(() => /a key for it: ([^)]+)\)/.exec(server.output())?.[1]?.split(' '))
  const env = { ...process.env, ...server.env }
  t.match(
    execFileSync(program, words, { cwd: server.directory, env, encoding: 'utf8' }),
    /^tlk_\w+/,
    'it can be typed as it is',
  )
  t.match(await fetch(shown.iconUrl), { status: 200 }, 'its icon is on the port of this server')
})

t.test('the second line leads to an issue with cards, and its links are the server’s', async t => {
  const [, second = ''] = (await banner()).split('\n')
  const address = /http:\S+$/.exec(second)?.[0] ?? second
  const page = await (await fetch(address)).text()
  for (const text of ['Deploy service to production', 'Overdue since', 'Draft: speed up the import', 'no findings'])
    t.match(page, text)
  t.notMatch(page, 'class="findings"', 'the server answers as the contract has it')
  const { stdout } = await server.command('links', 'list', '--issue', 'TEST-1')
  t.match(stdout, /1234[\s\S]*5678[\s\S]*group\/project\/-\/merge_requests\/7/)

  const send = async (path: string, fields: Record<string, string>) =>
    (await fetch(`${address}/${path}`, { method: 'POST', body: new URLSearchParams(fields) })).text()
  t.match(await send('links', { application: 'demo', key: 'Договор № 15' }), 'Demo answered 201.')
  t.match((await server.command('links', 'list')).stdout, 'Договор № 15')
  t.match(await send('links/4/remove', {}), 'Demo answered 204.')
  t.notMatch((await server.command('links', 'list')).stdout, 'Договор № 15')
  t.match(await send('move', { queue: 'NEW' }), 'TEST-1 is NEW-1 now.')
})

t.test('what was acknowledged is there after kill -9 and a new start', async t => {
  t.equal((await create(server.url, '1234', '5678')).status, 201)
  await server.stop('SIGKILL')
  const before = server.output().length
  await server.start()
  t.equal((await create(server.url, '1234', '5678')).status, 200)
  await until(() => /\nA card: .*\n/.test(server.output().slice(before)))
  const sample = await server.command('links', 'export', '--issue', 'TEST-1')
  t.equal(sample.stdout.split('\n').filter(Boolean).length, 3, 'the sandbox doubles none')
  const { stdout } = await server.command('links', 'export', '--issue', 'TEST-123')
  t.equal(stdout.split('\n').filter(Boolean).length, 2)
})

t.test('a command works beside the server and without it', async t => {
  const beside = await server.command('links', 'list')
  t.match(beside.stdout, /TEST-123.*1234/)
  t.equal((await server.command('links', 'add', 'TEST-200', '1234')).code, 0)
  t.equal(await server.stop(), 0)
  const alone = await server.command('links', 'list')
  t.equal(alone.code, 0, alone.stderr)
  t.match(alone.stdout, /TEST-123[\s\S]*TEST-200/)
  await server.start(plain)
  t.equal((await create(server.url, '1234')).status, 200)
})

t.test('SIGTERM: not ready at once, still answering while it drains, work in flight is finished, exit 0', async t => {
  await server.stop()
  await server.start({ ...plain, DRAIN_SECONDS: '2' })
  // The second half of this request is sent only after SIGTERM.
  const body = JSON.stringify({ issueKey: 'TEST-123', entityIds: ['late'] })
  const socket = connect(server.port, '127.0.0.1')
  const answered = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('data', chunk => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
  socket.write(
    `POST /demo/links HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
  )
  t.equal((await fetch(`${server.url}/health`)).status, 200)

  const stopped = server.stop('SIGTERM')
  let health = 200
  while (health === 200) health = (await fetch(`${server.url}/health`)).status
  t.equal(health, 503, 'not ready')
  t.equal((await fetch(`${server.url}/demo/objects/1234`)).status, 200, 'still answering')
  socket.write(body.slice(9))
  t.match(await answered, /^HTTP\/1\.1 201 /)
  t.equal(await stopped, 0)

  await server.start(plain)
  t.equal((await create(server.url, 'late')).status, 200, 'what was answered is stored')
})

t.test('a port that is taken is reported in a sentence, and the data folder is left in order', async t => {
  await server.stop()
  const other = createServer().listen(server.port, '127.0.0.1')
  await once(other, 'listening')
  const failed = await server.command('serve')
  t.equal(failed.code, 2)
  t.match(
    failed.stderr,
    `Cannot listen on 127.0.0.1, port ${server.port}: another program listens there. Set HOST and PORT to others.`,
  )
  const fresh = await mkdtemp(join(tmpdir(), 'tracker-links-'))
  const env = { ...process.env, ...server.env }
  const early = startProgram(process.execPath, [program, 'serve'], { cwd: fresh, env })
  t.equal(await ended(early), 2)
  t.same(await readdir(fresh), [], 'no PostgreSQL was started for nothing')
  await rm(fresh, { recursive: true })
  await new Promise(done => other.close(done))

  const [before, adminPort] = [server.output().length, new URL(server.adminUrl).port]
  await server.start({ SANDBOX_PORT: adminPort })
  const told = await until(() => /No sandbox: .*/.exec(server.output().slice(before))?.[0])
  t.equal(
    told,
    `No sandbox: it cannot listen on 127.0.0.1, port ${adminPort} (another program listens there). Set SANDBOX_HOST and SANDBOX_PORT to others.`,
  )
  t.equal((await create(server.url, '1234')).status, 200)
})

t.test('no record of all this has a key twice', async t => {
  const records = server
    .output()
    .split('\n')
    .filter(line => line.startsWith('{'))
  t.ok(records.length > 0)
  for (const record of records) t.same(parseDocument(record, { uniqueKeys: true }).errors, [], record)
})
