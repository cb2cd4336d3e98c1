import type { InjectOptions } from 'fastify'
import t from 'tap'
import { exchange } from './black-box/raw-request.ts'
import { testApp } from './support/test-app.ts'

const expected = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

t.test('no answer of either port is taken for a page, framed, or lets a browser load anything', async t => {
  const { app, adminApp, objects } = await testApp(t)
  await objects.put('crm', [{ key: '1' as never, summary: 'One' }])
  const { etag } = (await app.inject('/crm/objects/1')).headers
  const payload = { issueKey: 'TEST-1', entityIds: ['1'] }
  const calls: [InjectOptions & { url: string }, number][] = [
    [{ url: '/crm/objects/1' }, 200],
    [{ url: '/crm/objects/1', headers: { 'if-none-match': etag } }, 304],
    [{ url: '/crm/objects/2' }, 404],
    [{ url: '/nowhere' }, 404],
    [{ url: '/health' }, 200],
    [{ method: 'POST', url: '/crm/links', payload }, 201],
    [{ method: 'POST', url: '/crm/links', payload: '{', headers: { 'content-type': 'application/json' } }, 400],
    [{ method: 'DELETE', url: '/crm/links?issueKey=TEST-1&remoteKey=1' }, 204],
  ]
  for (const [call, status] of calls) {
    const answer = await app.inject(call)
    t.equal(answer.statusCode, status)
    t.match(answer.headers, expected, `${call.method ?? 'GET'} ${call.url}`)
  }
  for (const url of ['/health/ready', '/openapi.json', '/api/links', '/nowhere', '/api/%zz'])
    t.match((await adminApp.inject(url)).headers, expected, url)
  t.match(
    (await adminApp.inject('/docs/')).headers['content-security-policy'],
    /script-src 'self'/,
    'a page has its own',
  )
})

t.test('nor does the answer to what is no request', async t => {
  const { app } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  for (const request of ['nonsense\r\n\r\n', 'GET /health HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\n\r\n']) {
    const answer = await exchange(port, Buffer.from(request))
    for (const [name, value] of Object.entries(expected)) t.match(answer?.headers, `${name}: ${value}`)
  }
})
