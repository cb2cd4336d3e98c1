import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { ObjectSource } from '../src/linked-objects/object-source.ts'
import { testApp, testAppWith } from './support/test-app.ts'

const uuid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/
const json = { 'content-type': 'application/json' }

t.test('every answer has an id, and all records of the call have the same', async t => {
  const away: ObjectSource = { find: async () => Promise.reject(new Error('away')), close: async () => {} }
  const sources = new Map([['away', away]])
  const { app, adminApp, log, setReady, prisma } = await testAppWith(
    t,
    sources,
    { id: 'crm' },
    { id: 'shut', authorization: { kind: 'token', tokens: ['a-token'] } },
    { id: 'away', objects: { source: 'module', file: 'away.js' } },
  )
  const calls = {
    'a card that is not there': () => app.inject('/crm/objects/1'),
    'a creation': () =>
      app.inject({ method: 'POST', url: '/crm/links', payload: { issueKey: 'TEST-1', entityIds: ['1'] } }),
    'a removal': () => app.inject({ method: 'DELETE', url: '/crm/links/TEST-1/1' }),
    'a removal of nothing': () => app.inject({ method: 'DELETE', url: '/crm/links/TEST-1/1' }),
    'no token': () => app.inject('/shut/objects/1'),
    'a wrong token': () => app.inject({ url: '/shut/objects/1', headers: { authorization: 'OAuth canary' } }),
    'a source that fails': () => app.inject('/away/objects/1'),
    'a body that is not JSON': () => app.inject({ method: 'POST', url: '/crm/links', headers: json, payload: '{' }),
    'an unknown address': () => app.inject('/nothing/here'),
    'an unknown method': () => app.inject({ method: 'PUT', url: '/crm/links' }),
    'no API key': () => adminApp.inject('/api/keys'),
    'an unknown address of the admin port': () => adminApp.inject('/nothing'),
    'an address that cannot be decoded': () => adminApp.inject('/api/%zz'),
  }
  for (const [what, call] of Object.entries(calls)) {
    const before = log.length
    const answer = await call()
    const id = answer.headers['x-request-id']
    t.match(id, uuid, what)
    const records = log.slice(before).filter(({ requestId }) => requestId !== undefined)
    t.ok(records.length > 0, `${what} has a record`)
    t.same([...new Set(records.map(({ requestId }) => requestId))], [id], what)
    if (answer.statusCode >= 400) t.equal(answer.json().requestId, id, what)
  }
  t.match(
    log.filter(({ code }) => code === 'token-unknown' || code === 'token-missing'),
    [
      { application: 'shut', scheme: 'absent', requestId: uuid },
      { application: 'shut', scheme: 'OAuth', because: 'it is not one of the configured ones', requestId: uuid },
    ],
    'a refusal says why in the record of the call',
  )
  setReady(false)
  for (const answer of [await app.inject('/health'), await adminApp.inject('/health/ready')])
    t.match(answer.headers['x-request-id'], uuid)
  t.ok(prisma)
})

t.test('no id is repeated: not by another server, not by the other port', async t => {
  const { app, adminApp, openReplica } = await testApp(t)
  const other = await openReplica()
  const ids = new Set<unknown>()
  for (const one of [app, adminApp, other.publicApp, other.adminApp])
    for (let call = 0; call < 10; call++) ids.add((await one.inject('/nothing')).headers['x-request-id'])
  t.equal(ids.size, 40)
})

t.test("a caller's own id is noted beside ours, and never taken for it", async t => {
  const { app, log } = await testApp(t)
  const given = { 'a"b\\c\u0007 ж': 'a?b?c???', ['x'.repeat(500)]: 'x'.repeat(128), 'req-1': 'req-1' }
  for (const [sent, noted] of Object.entries(given)) {
    log.length = 0
    const answer = await app.inject({ url: '/crm/objects/1', headers: { 'x-request-id': sent } })
    t.match(answer.headers['x-request-id'], uuid)
    t.equal(log.length, 2)
    for (const record of log) t.match(record, { requestId: answer.headers['x-request-id'], givenId: noted })
  }
})

t.test('an answer to what is not HTTP has an id, too', async t => {
  const { app } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  for (const request of [
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n',
  ]) {
    const socket = connect(port, '127.0.0.1')
    socket.write(request)
    const answer = await text(socket)
    const [, id = ''] = /x-request-id: (\S+)/i.exec(answer) ?? []
    t.match(id, uuid)
    t.match(answer, `"requestId":"${id}"`)
  }
})
