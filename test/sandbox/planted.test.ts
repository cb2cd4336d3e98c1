import t from 'tap'
import { playTracker, refused } from './play-tracker.ts'

t.test('issues with links are planted by the thousand, and no application is called', async t => {
  const { ask, called } = await playTracker(t)
  const links = Array.from({ length: 1_000 }, (_, at) => ({ application: 'crm', key: `object-${at}` }))
  const planted = [
    { queue: 'NEW', summary: 'First', links },
    ...Array.from({ length: 1_000 }, () => ({ queue: 'NEW' })),
  ]
  const answer = await ask('POST', '/sandbox/issues', planted)
  t.equal(answer.status, 201)
  const made = answer.body as { id: string; key: string; remoteLinks: number[] }[]
  t.equal(made.length, 1_001)
  t.match(made[0], { key: 'NEW-1' })
  t.equal(made[0]?.remoteLinks.length, 1_000)
  const page = await ask('GET', '/v3/issues/NEW-1/remotelinks?perPage=100&page=10')
  t.match((page.body as unknown[])[99], { object: { key: 'object-999', application: { id: 'crm' } } })
  t.same(called, [])
})

t.test('nothing is planted if any of it is wrong', async t => {
  const { ask } = await playTracker(t)
  const twice = { application: 'crm', key: '1' }
  for (const [wrong, errors] of [
    [{ queue: 'OTHER' }, { '1.queue': /does not exist/ }],
    [{ queue: 'NEW', links: [{ application: 'erp', key: '1' }] }, { '1.links': /erp/ }],
    [{ queue: 'NEW', links: [twice, twice] }, { '1.links': /twice/ }],
    [{ queue: 'NEW', colour: 'red' }, { '1.colour': /additional/ }],
  ] as const)
    t.match(await ask('POST', '/sandbox/issues', [{ queue: 'NEW' }, wrong]), refused(422, errors))
  t.equal((await ask('GET', '/v3/issues/NEW-1')).status, 404)
})

t.test('an issue that is deleted or may not be read is refused, by any of its names, and not found', async t => {
  const { ask } = await playTracker(t)
  await ask('POST', '/sandbox/issues', [{ queue: 'NEW' }, { queue: 'NEW' }, { queue: 'NEW' }])
  await ask('POST', '/v3/issues/NEW-1/_move?queue=PROD')
  await ask('PUT', '/sandbox/settings', { unreadable: { 'NEW-1': 403, 'NEW-2': 404 } })

  t.match(await ask('GET', `/v3/issues/NEW-1/remotelinks`), refused(403, {}, [/may not be read/]))
  t.match(await ask('POST', '/v3/issues/NEW-2/remotelinks', {}), refused(404, {}, [/does not exist/]))
  const found = async (body: unknown) =>
    ((await ask('POST', '/v3/issues/_search', body)).body as { key: string }[]).map(({ key }) => key)
  t.same(await found({ queue: 'NEW' }), ['NEW-3'])
  t.same(await found({ keys: ['NEW-2', 'NEW-3'] }), ['NEW-3'])
  await ask('PUT', '/sandbox/settings', { unreadable: {} })
  t.equal((await ask('GET', '/v3/issues/NEW-1')).status, 200)
})

t.test('a token without rights reads, and may change nothing', async t => {
  const { ask } = await playTracker(t)
  await ask('PUT', '/sandbox/settings', { failing: 403, failingRequests: 'changes' })
  t.equal((await ask('GET', '/v3/issues/TEST-1/remotelinks')).status, 200)
  t.equal((await ask('POST', '/v3/issues/_search', { queue: 'TEST' })).status, 200)
  t.equal((await ask('POST', '/v3/issues/TEST-1/remotelinks', {})).status, 403)
  t.equal((await ask('DELETE', '/v3/issues/TEST-1/remotelinks/1')).status, 403)
})
