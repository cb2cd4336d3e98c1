import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { foreignRequest } from '../../src/web/same-origin.ts'

t.test('a read under our name, and a write of a program or of our own page, may come', async t => {
  const reasonOf = served(t)
  for (const [method, headers] of [
    ['GET', { host: '127.0.0.1:8082', 'sec-fetch-site': 'cross-site' }],
    ['POST', { host: 'localhost:8082' }],
    ['POST', { host: '[::1]:8082', origin: 'http://[::1]:8082', 'sec-fetch-site': 'same-origin' }],
    ['POST', { host: '192.0.2.1', 'sec-fetch-site': 'none' }],
    ['DELETE', { host: 'sandbox.example:80', origin: 'http://sandbox.example:80' }],
  ] as const)
    t.equal(await reasonOf(method, headers), 'none', JSON.stringify(headers))
})

t.test('a name that is not ours, and a write that another site asks for, are told apart', async t => {
  const reasonOf = served(t)
  for (const [method, headers, reason] of [
    ['GET', { host: 'evil.example' }, 'unknown-host'],
    ['GET', { host: '127.0.0.1.evil.example' }, 'unknown-host'],
    ['POST', { host: '127.0.0.1', origin: 'https://evil.example' }, 'other-site'],
    ['POST', { host: '127.0.0.1', origin: 'null' }, 'other-site'],
    ['POST', { host: '127.0.0.1', origin: 'http://127.0.0.1:81' }, 'other-site'],
    ['DELETE', { host: '127.0.0.1', 'sec-fetch-site': 'same-site' }, 'other-site'],
  ] as const)
    t.equal(await reasonOf(method, headers), reason, JSON.stringify(headers))
})

t.test('the name that was called is told', async t => {
  const app = Fastify()
  app.all('/', async request => foreignRequest(request, []))
  t.teardown(() => app.close())
  const found = async (method: 'GET' | 'POST', headers: Record<string, string>) =>
    (await app.inject({ method, url: '/', headers })).json<object>()
  t.same(await found('GET', { host: 'evil.example:81' }), { reason: 'unknown-host', host: 'evil.example' })
  t.same(await found('POST', { host: '127.0.0.1', 'sec-fetch-site': 'cross-site' }), {
    reason: 'other-site',
    host: '127.0.0.1',
  })
})

/** Tells what a server that listens on `sandbox.example` finds in a request. */
function served(t: Test) {
  const app = Fastify()
  app.all('/', async request => foreignRequest(request, ['sandbox.example'])?.reason ?? 'none')
  t.teardown(() => app.close())
  return async (method: 'GET' | 'POST' | 'DELETE', headers: Record<string, string>) =>
    (await app.inject({ method, url: '/', headers })).body
}
