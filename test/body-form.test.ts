import t from 'tap'
import { testApi } from './support/test-api.ts'

const wrong: Record<string, string>[] = [
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br' },
  { 'content-encoding': 'identity, gzip' },
  { 'content-encoding': 'x' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/json;charset="ISO-8859-1"' },
  { 'content-type': 'application/json; Charset = windows-1251' },
  { 'content-type': 'application/json; charset=utf-8; charset=latin1' },
  { 'content-type': 'application/json; charset=' },
]
const right: Record<string, string>[] = [
  {},
  { 'content-encoding': 'identity' },
  { 'content-encoding': 'Identity' },
  { 'content-encoding': '' },
  { 'content-type': 'application/json;charset=UTF-8' },
  { 'content-type': 'application/json; charset="utf8"' },
  { 'content-type': 'application/json; version=1; charset=utf-8' },
]
const json = { 'content-type': 'application/json' }

t.test('a body that is not plain UTF-8 by its headers is refused, although its bytes are', async t => {
  const { publicApp, call, prisma } = await testApi(t)
  const calls = {
    'create link': (headers: Record<string, string>) => {
      const payload = JSON.stringify({ issueKey: 'TEST-1', entityIds: ['1'] })
      return publicApp.inject({ method: 'POST', url: '/crm/links', headers: { ...json, ...headers }, payload })
    },
    'push an object': (headers: Record<string, string>) =>
      call('PUT', '/api/applications/crm/objects/1', { headers: { ...json, ...headers }, body: { summary: 'Deal' } }),
    'push in bulk': (headers: Record<string, string>) => {
      const type = (headers['content-type'] ?? 'application/json').replace('json', 'x-ndjson')
      const body = '{"key":"2","summary":"Deal"}\n'
      return call('POST', '/api/applications/crm/objects/bulk', { headers: { ...headers, 'content-type': type }, body })
    },
  }
  for (const [name, send] of Object.entries(calls)) {
    for (const headers of wrong) {
      const answer = await send(headers)
      t.match(answer.body, /"status":415.*"code":"media-type-unsupported"/, `${name} ${JSON.stringify(headers)}`)
    }
    t.match((await send({ 'content-encoding': 'gzip' })).headers, { 'accept-encoding': 'identity' })
  }
  t.same([await prisma.link.count(), await prisma.linkedObject.count()], [0, 0], 'nothing was written')
  for (const [name, send] of Object.entries(calls))
    for (const headers of right) {
      const { statusCode } = await send(headers)
      t.ok(statusCode === 200 || statusCode === 201, `${name} ${JSON.stringify(headers)}: ${statusCode}`)
    }
})

t.test('a caller that may not is told so before its body is looked at', async t => {
  const { adminApp, publicApp } = await testApi(t, { authorization: { kind: 'token', tokens: ['canary-body-form'] } })
  const request = { headers: { ...json, 'content-encoding': 'gzip' }, payload: '{' }
  for (const [app, method, url] of [
    [publicApp, 'POST', '/crm/links'],
    [adminApp, 'PUT', '/api/applications/crm/objects/1'],
  ] as const)
    t.equal((await app.inject({ method, url, ...request })).statusCode, 401, url)
})
