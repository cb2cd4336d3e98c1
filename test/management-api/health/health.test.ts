import t from 'tap'
import { sharedLooks } from '../../../src/management-api/health/shared-looks.ts'
import { writeCalls } from '../../../src/storage/calls/write-calls.ts'
import { newCallRecord } from '../../support/call-record.ts'
import { testApi } from '../../support/test-api.ts'

t.test('the health of an application tells its state and its last hour, and changes nothing', async t => {
  const { call, makeKey, prisma } = await testApi(t, { id: 'crm' }, { id: 'erp' })
  const at = Date.now() - 60_000
  await writeCalls(
    prisma,
    [
      newCallRecord({ requestId: 'a', at, standsFor: 9 }),
      newCallRecord({ requestId: 'b', at: at + 1, milliseconds: 64.123, status: 503 }),
    ],
    'r1',
  )
  const answer = await call('GET', '/api/applications/crm/health')
  t.equal(answer.statusCode, 200, answer.body)
  const { state, findings, lastHour, lookedAt } = answer.json()
  t.match(lastHour, { calls: 10, errors: 1, p50: 0.5, p99: 64.1, lastAt: String, lastGoodAt: String })
  t.equal(state, findings[0]?.state ?? 'healthy')
  t.ok(Date.parse(lookedAt) > at)
  t.match((await call('GET', '/api/applications/erp/health')).json(), { lastHour: { calls: 0, errors: 0 } })
  t.match((await call('GET', '/api/applications/crm/health?issueKey=no')).json(), { code: 'key-invalid' })
  t.equal((await call('GET', '/api/applications/crm/health?issueKey=TEST-7&remoteKey=D-1')).statusCode, 200)
  t.equal((await call('GET', '/api/applications/none/health')).statusCode, 404)
  const limited = { headers: { authorization: `Bearer ${await makeKey({ applications: ['erp'] })}` } }
  t.equal((await call('GET', '/api/applications/crm/health', limited)).statusCode, 403)
  t.equal(await prisma.callRecord.count(), 2, 'a look leaves no record')
})

t.test('callers at once and within two seconds share one look; one that failed is not kept', async t => {
  let now = 0
  let looks = 0
  const share = sharedLooks<number>(() => now)
  const look = async () => ++looks
  t.same(await Promise.all([share('crm', look), share('crm', look), share('erp', look)]), [1, 1, 2])
  now = 1_999
  t.equal(await share('crm', look), 1)
  now = 2_000
  t.equal(await share('crm', look), 3)
  await t.rejects(share('new', fail), { message: 'away' })
  t.equal(await share('new', look), 4)
})

const fail = async () => Promise.reject(new Error('away'))
