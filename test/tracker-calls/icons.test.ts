import t from 'tap'
import { iconNames } from '../../src/config/schemas/card-making-schema.ts'
import { buildAddressBook } from '../../src/tracker-calls/addresses/address-book.ts'
import { testApp } from '../support/test-app.ts'

t.test('each built-in icon is served to anybody, to be kept for long', async t => {
  const { app } = await testApp(t, { authorization: { kind: 'token', tokens: [`canary-${'t'.repeat(32)}`] } })
  const bodies = new Set<string>()
  for (const name of iconNames) {
    const answer = await app.inject(`/crm/icons/${name}.svg`)
    t.equal(answer.statusCode, 200, name)
    t.match(answer.headers, {
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': /^public, max-age=\d{6}$/,
      'x-content-type-options': 'nosniff',
      'content-security-policy': /^default-src 'none'; style-src 'sha256-[\w+/=]+'$/,
    })
    t.match(answer.body, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg".*prefers-color-scheme:dark.*<\/svg>\n$/)
    bodies.add(answer.body)
    const { etag } = answer.headers
    const known = await app.inject({ url: `/crm/icons/${name}.svg`, headers: { 'if-none-match': `W/${etag}` } })
    t.same([known.statusCode, known.body, known.headers.etag], [304, '', etag])
    const head = await app.inject({ method: 'HEAD', url: `/crm/icons/${name}.svg` })
    t.same([head.statusCode, head.body], [200, ''])
    t.equal(head.headers['content-length'], String(Buffer.byteLength(answer.body)))
  }
  t.equal(bodies.size, iconNames.length, 'no two are alike')
})

t.test('any other address of that kind is what it was before', async t => {
  const { app, objects } = await testApp(
    t,
    {},
    { id: 'all', path: 'all', endpoints: { entityInfo: '/all/{{remoteKey}}', createLink: '/all' } },
  )
  for (const url of ['/crm/icons/none.svg', '/other/icons/open.svg', '/icons/open.svg', '/crm/icons/open.svg?a=b'])
    t.equal((await app.inject(url)).statusCode, 404, url)
  for (const method of ['POST', 'DELETE', 'PUT'] as const)
    t.equal((await app.inject({ method, url: '/crm/icons/open.svg' })).statusCode, 404, method)
  await objects.put('all', [{ key: 'icons/mine.svg' as never, summary: 'an object' }])
  t.equal((await app.inject('/all/icons/mine.svg')).json().summary, 'an object')
})

t.test('an owner is told of keys whose address is that of an icon', async t => {
  const endpoints = {
    entityInfo: '/crm/{{remoteKey}}',
    createLink: '/crm',
    removeLink: ['/crm?{{issueKey}}&{{remoteKey}}'],
  }
  const { notices } = buildAddressBook([{ id: 'crm', path: 'crm', endpoints }])
  t.match(notices, [
    /^crm: entityInfo .* cannot be asked for the key `icons\/open\.svg`: this server answers its built-in icons there/,
  ])
})
