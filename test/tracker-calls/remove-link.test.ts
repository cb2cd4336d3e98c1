import t from 'tap'
import { type TestApp, testApp } from '../support/test-app.ts'

const add = ({ app }: TestApp, issueKey: string, ...entityIds: string[]) =>
  app.inject({ method: 'POST', url: '/crm/links', payload: { issueKey, entityIds } })

const remove = ({ app }: TestApp, address: string, headers = {}) =>
  app.inject({ method: 'DELETE', url: address, headers })

const stored = async ({ prisma }: TestApp) =>
  (await prisma.link.findMany({ orderBy: [{ issueKey: 'asc' }, { remoteKey: 'asc' }] })).map(
    link => `${link.issueKey} ${link.remoteKey}`,
  )

t.test('a link is removed at each default address, and a repeated removal is harmless', async t => {
  const test = await testApp(t)
  for (const address of [
    '/crm/links?issueKey=TEST-1&remoteKey=1234',
    '/crm/links?remoteKey=1234&issueKey=test-1&other=x',
    '/crm/links/?issueKey=TEST-1&remoteKey=1234',
    '/crm/links/TEST-1/1234',
    '/crm/links/1234/TEST-1',
    '/crm/links/1234/TEST-1/',
  ]) {
    await add(test, 'TEST-1', '1234', 'other')
    const removed = await remove(test, address)
    t.equal(removed.statusCode, 204, address)
    t.equal(removed.body, '')
    t.same(await stored(test), ['TEST-1 other'], address)
    t.equal((await remove(test, address)).statusCode, 204)
  }
  const events = await test.prisma.linkEvent.findMany({ where: { remoteKey: '1234' }, orderBy: { id: 'asc' } })
  t.same(
    events.map(event => event.kind),
    Array.from({ length: 6 }, () => ['created', 'removed']).flat(),
  )
})

t.test('the log says whether there was a link', async t => {
  const test = await testApp(t)
  await add(test, 'TEST-1', '1234')
  await remove(test, '/crm/links/TEST-1/1234')
  t.equal(test.log.filter(line => line.msg === 'link removed').length, 1)
  await remove(test, '/crm/links/TEST-1/1234')
  t.equal(test.log.filter(line => line.msg === 'no such link, nothing to remove').length, 1)
})

t.test('a content type without a body, or any body, does not matter', async t => {
  const test = await testApp(t)
  for (const type of ['application/json', 'text/plain', ';;;', 'application/x-www-form-urlencoded']) {
    await add(test, 'TEST-1', '1234')
    t.equal((await remove(test, '/crm/links/TEST-1/1234', { 'content-type': type })).statusCode, 204, type)
    t.equal(
      (
        await test.app.inject({
          method: 'DELETE',
          url: '/crm/links/TEST-1/1234',
          payload: '{',
          headers: { 'content-type': type },
        })
      ).statusCode,
      204,
      `${type} with a body`,
    )
    t.same(await stored(test), [])
  }
})

t.test(
  'an issue key is never guessed: two stored readings are 409, nothing is removed, each address is named',
  async t => {
    const test = await testApp(t)
    await add(test, 'TEST-1', 'CRM-2')
    await add(test, 'CRM-2', 'TEST-1')
    const answer = await remove(test, '/crm/links/TEST-1/CRM-2')
    t.match(answer.json(), { status: 409, code: 'link-ambiguous' })
    t.same(await stored(test), ['CRM-2 TEST-1', 'TEST-1 CRM-2'])
    t.equal(await test.prisma.linkEvent.count({ where: { kind: 'removed' } }), 0)

    const { errors } = answer.json<{ errors: { rule: string; hint: string }[] }>()
    t.equal(errors.length, 2)
    const hint = errors.find(error => error.rule.includes('TEST-1 and'))?.hint ?? ''
    const address = /DELETE (\S+)/.exec(hint)?.[1] ?? ''
    t.equal((await remove(test, address)).statusCode, 204)
    t.same(await stored(test), ['CRM-2 TEST-1'])
    t.equal(
      (await remove(test, '/crm/links/TEST-1/CRM-2')).statusCode,
      204,
      'with one stored reading left, it is the one',
    )
    t.same(await stored(test), [])
  },
)

t.test('two readings of an encoded key that are both stored are 409 too', async t => {
  const test = await testApp(t)
  await add(test, 'TEST-1', 'a b', 'a+b')
  const answer = await remove(test, '/crm/links?issueKey=TEST-1&remoteKey=a+b')
  t.match(answer.json(), { status: 409, errors: [{ hint: /DELETE \// }, { hint: /DELETE \// }] })
  for (const { hint } of answer.json().errors as { hint: string }[])
    t.equal((await remove(test, /DELETE (\S+)/.exec(hint)?.[1] ?? '')).statusCode, 204)
  t.same(await stored(test), [])
})

t.test('keys that are not valid are refused in words', async t => {
  const test = await testApp(t)
  for (const [address, code] of [
    ['/crm/links?issueKey=TEST&remoteKey=1', 'key-invalid'],
    ['/crm/links?issueKey=TEST-1&remoteKey=%00', 'key-invalid'],
    ['/crm/links?issueKey=TEST-1&remoteKey=', 'key-invalid'],
    [`/crm/links?issueKey=TEST-1&remoteKey=${'x'.repeat(256)}`, 'key-invalid'],
    ['/crm/links?issueKey=TEST-1&issueKey=TEST-2&remoteKey=1', 'key-repeated'],
  ] as const) {
    const answer = await remove(test, address)
    t.match(answer.json(), { status: 400, code, errors: [{ field: /Key/, rule: /./, hint: /./ }] }, address)
  }
})

t.test('100 equal removals in parallel make one event', async t => {
  const test = await testApp(t)
  await add(test, 'TEST-1', '1234')
  const answers = await Promise.all(Array.from({ length: 100 }, () => remove(test, '/crm/links/TEST-1/1234')))
  t.ok(answers.every(answer => answer.statusCode === 204))
  t.equal(await test.prisma.linkEvent.count({ where: { kind: 'removed' } }), 1)
})
