import t from 'tap'
import { testApp } from '../support/test-app.ts'

const place = { method: 'GET', url: '/health/place' } as const

t.test('a server says where its data and its configuration are, to its own machine only', async t => {
  const { openReplica } = await testApp(t)
  const storage = { description: 'embedded PostgreSQL 18.4 in /srv/data', dataDirectory: '/srv/data' }
  const { adminApp, publicApp } = await openReplica({ storage, source: '/srv/tracker-links.yaml' })
  for (const remoteAddress of ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1']) {
    const answer = await adminApp.inject({ ...place, remoteAddress })
    t.equal(answer.statusCode, 200, remoteAddress)
    t.same(answer.json(), {
      database: storage.description,
      dataDirectory: '/srv/data',
      configuration: '/srv/tracker-links.yaml',
    })
  }
  for (const remoteAddress of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1'])
    for (const url of [place.url, '/health/breakers'])
      t.match(await adminApp.inject({ url, remoteAddress }), { statusCode: 404, body: /no-such-endpoint/ })
  t.match((await adminApp.inject('/health/breakers')).json(), { replica: /\/\d+$/, breakers: {} })
  t.equal((await publicApp.inject(place)).statusCode, 404, 'and not on the public port')
})

t.test('a server without data folder and configuration says so', async t => {
  const { adminApp } = await testApp(t)
  const expected = { database: 'the database of a test', dataDirectory: null, configuration: null }
  t.same((await adminApp.inject(place)).json(), expected)
})
