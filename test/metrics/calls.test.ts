import t from 'tap'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { scrape } from '../support/scrape.ts'
import { testApp } from '../support/test-app.ts'

const token = 'canary1234567890123456789012345678'

t.test('each call is counted once: by application, call, class of status and source of its card', async t => {
  const { app, adminApp, objects } = await testApp(t, {
    authorization: { kind: 'token', tokens: [token] },
  })
  await objects.put('crm', [{ key: 'D-1' as RemoteKey, summary: 'One' }])
  const headers = { authorization: `OAuth ${token}` }
  const card = await app.inject({ url: '/crm/objects/D-1', headers })
  await app.inject({ url: '/crm/objects/D-1', headers: { ...headers, 'if-none-match': String(card.headers.etag) } })
  await app.inject({ method: 'HEAD', url: '/crm/objects/D-1', headers })
  await app.inject({ url: '/crm/objects/D-2', headers })
  await app.inject({ url: '/crm/objects/D-1' })
  await app.inject({ url: '/crm/object/D-1', headers })
  const link = { issueKey: 'TEST-7', entityIds: ['D-1'] }
  t.equal((await app.inject({ method: 'POST', url: '/crm/links', headers, payload: link })).statusCode, 201)
  await app.inject({ method: 'POST', url: '/crm/links', headers, payload: {} })
  await app.inject({ method: 'DELETE', url: '/crm/links?issueKey=TEST-7&remoteKey=D-1', headers })
  await app.inject({ url: '/health' })
  const { series, type, text } = await scrape(adminApp)
  t.match(type, /^application\/openmetrics-text; version=1\.0\.0/)
  t.ok(text.endsWith('\n# EOF\n'))
  t.match(text, '# TYPE tracker_links_calls counter\n')
  const counted = [...series].filter(([name, value]) => name.startsWith('tracker_links_calls_total') && value > 0)
  t.same(Object.fromEntries(counted), {
    'tracker_links_calls_total{application="crm",call="entityInfo",status="2xx",source="database"}': 3,
    'tracker_links_calls_total{application="crm",call="entityInfo",status="4xx",source=""}': 2,
    'tracker_links_calls_total{application="crm",call="createLink",status="2xx",source=""}': 1,
    'tracker_links_calls_total{application="crm",call="createLink",status="4xx",source=""}': 1,
    'tracker_links_calls_total{application="crm",call="removeLink",status="2xx",source=""}': 1,
    'tracker_links_calls_total{application="_none",call="unknown",status="4xx",source=""}': 1,
  })
  t.equal(series.get('tracker_links_cards_not_modified_total'), 1)
  const seconds = 'tracker_links_call_duration_seconds'
  t.equal(series.get(`${seconds}_count{call="entityInfo",source="database"}`), 3)
  t.equal(series.get(`${seconds}_bucket{call="entityInfo",source="database",le="+Inf"}`), 3)
  t.equal(series.get(`${seconds}_count{call="entityInfo",source=""}`), 1, 'a caller who is not let in has no latency')
  t.equal(series.get('tracker_links_cards_in_memory'), 1)
})

t.test('refusals that have no line in the log are counted, too', async t => {
  const { app, adminApp } = await testApp(t, { authorization: { kind: 'token', tokens: [token] } })
  for (let call = 0; call < 60; call++) await app.inject({ url: '/crm/objects/D-1' })
  const { series } = await scrape(adminApp)
  t.equal(series.get('tracker_links_calls_total{application="crm",call="entityInfo",status="4xx",source=""}'), 60)
})
