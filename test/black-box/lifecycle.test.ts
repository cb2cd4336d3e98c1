// What survives: a kill, a stop in the middle of work, and a command that runs beside the server or without it.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import t from 'tap'
import { until } from '../support/until.ts'
import { startServer } from './start-server.ts'

const create = (url: string, ...entityIds: string[]) =>
  fetch(`${url}/demo/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey: 'TEST-11', entityIds }),
  })

const server = await startServer(t)

t.test('the first start says what a new user needs: addresses, data, the missing token, a card', async t => {
  const printed = await until(() => /A card:/.test(server.output()) && server.output())
  t.match(printed, `Listening on ${server.url}`)
  t.match(printed, /Data: embedded PostgreSQL [\d.]+ in \.\/data/)
  t.match(printed, /No configuration file was found.*without a token.*WARNING/)
  const card = /A card: curl (\S+)/.exec(printed)?.[1] ?? ''
  const answer = await fetch(card)
  t.equal(answer.status, 200)
  t.match(await answer.json(), { key: '1234', summary: String })
})

t.test('what was acknowledged is there after kill -9 and a new start', async t => {
  t.equal((await create(server.url, '1234', '5678')).status, 201)
  await server.stop('SIGKILL')
  await server.start()
  t.equal((await create(server.url, '1234', '5678')).status, 200)
  const { stdout } = await server.command('links', 'export', '--issue', 'TEST-11')
  t.equal(stdout.split('\n').filter(Boolean).length, 2)
})

t.test('a command works beside the server and without it', async t => {
  const beside = await server.command('links', 'list')
  t.match(beside.stdout, /TEST-11.*1234/)
  t.equal((await server.command('links', 'add', 'TEST-12', '1234')).code, 0)
  t.equal(await server.stop(), 0)
  const alone = await server.command('links', 'list')
  t.equal(alone.code, 0, alone.stderr)
  t.match(alone.stdout, /TEST-11[\s\S]*TEST-12/)
  await server.start()
  t.equal((await create(server.url, '1234')).status, 200)
})

t.test('SIGTERM: not ready at once, still answering while it drains, work in flight is finished, exit 0', async t => {
  await server.stop()
  await server.start({ DRAIN_SECONDS: '2' })
  // A request whose second half is sent only after the stop was asked for.
  const body = JSON.stringify({ issueKey: 'TEST-11', entityIds: ['late'] })
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

  await server.start()
  t.equal((await create(server.url, 'late')).status, 200, 'what was answered is stored')
})

t.test('a port that is taken is told in a sentence, and the data folder is left in order', async t => {
  await server.stop()
  const other = createServer().listen(server.port, '127.0.0.1')
  await once(other, 'listening')
  const failed = await server.command('serve')
  t.equal(failed.code, 2)
  t.match(
    failed.stderr,
    `Cannot listen on 127.0.0.1, port ${server.port}: another program listens there. Set HOST and PORT to others.`,
  )
  await new Promise(done => other.close(done))
  await server.start()
  t.equal((await create(server.url, '1234')).status, 200)
})
