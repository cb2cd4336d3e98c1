import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { closeSender, openSender, sendRequest } from '../../src/outgoing/send-request.ts'
import { until } from '../support/until.ts'

const signal = new AbortController().signal
const get = (address: string) => ({ method: 'GET', address, headers: {} }) as const

t.test('the connection of a refusal with a large body, which nobody reads, is closed', async t => {
  let open = 0
  const server = createServer((_request, response) => response.writeHead(404).end(Buffer.alloc(50_000_000)))
  server.on('connection', socket => {
    open++
    socket.once('close', () => open--)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sender = openSender(origin, { isPrivateAllowed: true })
  t.teardown(() => closeSender(sender))
  t.equal((await sendRequest(sender, get(`${origin}/`), { signal })).status, 404)
  await until(() => open === 0)
})

const failing = (code: string) => {
  const request = () => Promise.reject(Object.assign(new Error('played'), { code }))
  return { origin: 'http://crm.example.com', client: Promise.resolve({ request, dispatcher: {} } as never) }
}

t.test('a connection that broke is told from one that was never there', async t => {
  for (const [code, reason] of [
    ['ECONNRESET', 'broken'],
    ['EPIPE', 'broken'],
    ['UND_ERR_SOCKET', 'broken'],
    ['ECONNREFUSED', 'away'],
    ['ENOTFOUND', 'away'],
  ] as const) {
    const error = await sendRequest(failing(code), get('http://crm.example.com/'), { signal }).catch(caught)
    t.match(error, { name: 'OutgoingFailure', reason }, code)
  }
})

const caught = (error: unknown) => error
