import t from 'tap'
import { createTally } from '../../../src/logging/tally.ts'
import { flushCalls, openCallRecorder, recordCall } from '../../../src/request-log/call-recorder.ts'
import { newCallRecord } from '../../support/call-record.ts'
import { testApi } from '../../support/test-api.ts'

type Page = { calls: { requestId: string; [field: string]: unknown }[]; next?: string }

const at = (minute: number) => Date.UTC(2027, 0, 1, 0, minute)

t.test('calls are found by issue, object, status, code, call and time, and read by cursor', async t => {
  const { call, makeKey, prisma, logger } = await testApi(t, { id: 'crm' }, { id: 'erp' })
  const recorder = openCallRecorder({ database: prisma, tally: createTally(logger), most: () => 1_000 })
  const add = (requestId: string, more: Parameters<typeof newCallRecord>[0]) =>
    recordCall(recorder, newCallRecord({ requestId, ...more }))
  add('a', { at: at(1), remoteKeys: ['D-1', 'D-9'], taken: 'D-1' })
  add('b', {
    at: at(2),
    call: 'createLink',
    method: 'POST',
    issueKey: 'TEST-7',
    status: 201,
    remoteKeys: ['D-1', 'D-2'],
    scheme: 'Bearer',
    tokenPlace: 2,
  })
  add('c', { at: at(3), status: 404, code: 'object-unknown', remoteKeys: ['D-3'], taken: undefined })
  add('d', { at: at(4), status: 503, code: 'source-away', remoteKeys: ['D-3'], taken: undefined })
  add('e', { at: at(5), applicationId: 'erp' })
  add('f', { at: at(6), applicationId: '', call: 'unknown', path: '/nowhere', status: 404, code: 'no-such-address' })
  await flushCalls(recorder)

  const ids = async (query: string, application = 'crm') =>
    (await call('GET', `/api/applications/${application}/calls?${query}`))
      .json<Page>()
      .calls.map(({ requestId }) => requestId)
  t.same(await ids(''), ['d', 'c', 'b', 'a'], 'the latest first')
  t.same(await ids('remoteKey=D-1'), ['b', 'a'])
  t.same(await ids('issueKey=test-7'), ['b'])
  t.same(await ids('status=404'), ['c'])
  t.same(await ids('status=5xx'), ['d'])
  t.same(await ids('code=object-unknown'), ['c'])
  t.same(await ids('call=createLink'), ['b'])
  t.same(await ids('since=2027-01-01T00:02:00Z&until=2027-01-01T00:04:00Z'), ['c', 'b'])
  t.same(await ids('', 'erp'), ['e'])
  const first = (await call('GET', '/api/applications/crm/calls?cursor=&perPage=3')).json<Page>()
  t.same(await ids(`perPage=3&cursor=${first.next}`), ['a'])
  t.equal((await call('GET', '/api/applications/crm/calls?status=6xx')).statusCode, 400)

  t.match((await call('GET', '/api/applications/crm/calls/b')).json(), {
    requestId: 'b',
    application: 'crm',
    issueKey: 'TEST-7',
    remoteKeys: ['D-1', 'D-2'],
    status: 201,
    scheme: 'Bearer',
    tokenPlace: 2,
  })
  t.match((await call('GET', '/api/applications/crm/calls/e')).json(), { code: 'call-unknown', status: 404 })

  t.match((await call('GET', '/api/calls/unknown')).json<Page>().calls, [{ requestId: 'f', path: '/nowhere' }])
  const limited = await makeKey({ applications: ['crm'] })
  const headers = { authorization: `Bearer ${limited}` }
  t.equal((await call('GET', '/api/calls/unknown', { headers })).statusCode, 403)
  t.equal((await call('GET', '/api/applications/erp/calls', { headers })).statusCode, 403)
})
