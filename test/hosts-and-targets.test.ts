import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { readRequestTarget } from '../src/tracker-calls/addresses/request-target.ts'
import { exchange } from './black-box/raw-request.ts'
import { testApi } from './support/test-api.ts'

async function asker(app: FastifyInstance) {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return (target: string, headers = 'Host: localhost\r\n') =>
    exchange(port, Buffer.from(`GET ${target} HTTP/1.1\r\n${headers}\r\n`))
}

t.test('two Hosts, or none, are refused at every address of both ports', async t => {
  const { publicApp, adminApp } = await testApi(t)
  for (const app of [publicApp, adminApp]) {
    const ask = await asker(app)
    for (const target of [
      '/health',
      '/health?x',
      '/health/live',
      '/crm/icons/open.svg',
      '/crm/objects/1',
      '/docs/',
      '/',
    ])
      for (const headers of ['Host: a\r\nHost: b\r\n', 'Host: a\r\nhost: a\r\n', '']) {
        const answer = await ask(target, headers)
        t.match(answer, { status: 400, headers: /application\/problem\+json/ }, `${target} ${JSON.stringify(headers)}`)
      }
  }
})

t.test('the path of a whole URL begins after its authority, and nowhere else', async t => {
  const { publicApp, adminApp, objects } = await testApi(t)
  await objects.put('crm', [{ key: '1' as never, summary: 'Deal' }])
  const ask = await asker(publicApp)
  for (const host of ['h', 'h:80', 'H.example', '[::1]:80', '127.0.0.1'])
    t.equal((await ask(`http://${host}/crm/objects/1`))?.status, 200, host)
  for (const target of [
    'http://h?/crm/objects/1',
    'http://h#/crm/objects/1',
    'http://h?x/crm/objects/1',
    'http:///crm/objects/1',
    'http://?/crm/objects/1',
    'http://u@h/crm/objects/1',
    'http://u:p@h/crm/objects/1',
    'http://h\\x/crm/objects/1',
    'http:/crm/objects/1',
    'ftp://h/crm/objects/1',
    'h/crm/objects/1',
  ]) {
    t.match(await ask(target), { status: 400, headers: /application\/problem\+json/ }, target)
  }
  t.match(await ask('*'), { status: 404 })
  const admin = await asker(adminApp)
  t.equal((await admin('http://localhost/health/live'))?.status, 200)
  for (const target of ['http://h?/health/live', 'http:///health/live', 'http://u@h/health/live', 'http://h', 'h:1'])
    t.match(await admin(target), { status: 400 }, `admin ${target}`)
})

t.test('a target without an address, or with a wrong authority, is no address', async t => {
  for (const target of [
    '*',
    '',
    'h:1',
    'http://',
    'http://h',
    'http:///x',
    'http://u@h/x',
    'http://h?/x',
    'x/http://h/x',
  ])
    t.equal(readRequestTarget(target), undefined, target)
  t.equal(readRequestTarget('HTTPS://h/x?y'), '/x?y')
})
