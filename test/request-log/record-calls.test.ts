import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import t, { type Test } from 'tap'
import { createLogger } from '../../src/logging/logger.ts'
import { createTally } from '../../src/logging/tally.ts'
import {
  flushCalls,
  openCallRecorder,
  recordCall,
  takesCard,
  takesRefused,
} from '../../src/request-log/call-recorder.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { newCallRecord } from '../support/call-record.ts'
import { collect, testApp } from '../support/test-app.ts'

const token = 'canary1234567890123456789012345678'
const wrong = 'wrongcanary98765432109876543210ab'

/** The app, and what its request log has once the server is closed: all that waited is written then. */
async function logged(t: Test, ...changes: Parameters<typeof testApp> extends [Test, ...infer More] ? More : never) {
  const base = await testApp(t, ...changes)
  const server = await base.openReplica()
  return {
    ...base,
    app: server.publicApp,
    records: async () => {
      await server.close()
      return base.prisma.callRecord.findMany({ orderBy: [{ at: 'asc' }, { requestId: 'asc' }] })
    },
  }
}

t.test('each call has its record: keys, reading, status, code, source, request id', async t => {
  const { app, objects, records } = await logged(t)
  await objects.put('crm', [{ key: 'D-1' as RemoteKey, summary: 'One' }])
  const card = await app.inject({ url: '/crm/objects/D-1', headers: { 'user-agent': 'Tracker', 'x-secret': token } })
  t.equal(card.statusCode, 200)
  await app.inject({ url: '/crm/objects/D-2' })
  await app.inject({
    method: 'POST',
    url: '/crm/links',
    payload: { issueKey: 'TEST-7', entityIds: ['D-1', 'D-2', 'D-3', 'D-4'] },
  })
  await app.inject({ method: 'DELETE', url: '/crm/links?issueKey=TEST-7&remoteKey=D-1' })
  await app.inject({ method: 'POST', url: '/crm/links', payload: { issueKey: 5 } })
  const found = await records()
  const byCall = (call: string, status: number) => found.find(one => one.call === call && one.status === status)
  t.match(byCall('entityInfo', 200), {
    applicationId: 'crm',
    method: 'GET',
    remoteKeys: ['D-1'],
    remoteKeyCount: 1,
    taken: 'D-1',
    source: 'database',
    requestId: card.headers['x-request-id'],
    replica: /.+\/\d+$/,
    headers: { 'user-agent': 'Tracker', 'x-secret': null },
    standsFor: 1,
  })
  t.match(byCall('entityInfo', 404), { code: 'object-unknown', remoteKeys: ['D-2'], taken: null, source: null })
  t.match(byCall('createLink', 201), { issueKey: 'TEST-7', remoteKeys: ['D-1', 'D-2', 'D-3'], remoteKeyCount: 4 })
  t.match(byCall('removeLink', 204), { issueKey: 'TEST-7', taken: 'D-1' })
  t.match(byCall('createLink', 400), { code: 'body-invalid', issueKey: null })
  t.equal(found.length, 5)
})

t.test('a call of a trigger is none of the three calls', async t => {
  const triggers = { token: 'canary-triggers-Zk3vQ8sW1xR7pL5nT9bH2mD6uP5g' }
  const { app, records } = await logged(t, { triggers })
  const headers = { authorization: `OAuth ${triggers.token}` }
  await app.inject({ method: 'POST', url: '/crm/triggers', headers, payload: { event: 'none', issueKey: 'TEST-1' } })
  await app.inject({ method: 'POST', url: '/crm/triggers', payload: {} })
  const found = await records()
  t.equal(found.length, 2)
  for (const one of found)
    t.match(one, { applicationId: 'crm', call: 'trigger', method: 'POST', issueKey: null, path: null })
  // Both may have come in one millisecond, so that neither is the first.
  t.ok(found.some(({ status }) => status === 401))
})

t.test(
  'an address that nobody has is kept with what it was probably meant to be, and with no value of its query',
  async t => {
    const { app, records, log } = await logged(t, {
      authorization: { kind: 'token', tokens: [token] },
    })
    await app.inject({ url: `/crm/object/D-1?token=${wrong}&x=1` })
    await app.inject({ url: `/proxied/crm/objects/D-1/${wrong}` })
    await app.inject({ url: '/crm/objects/D-1', headers: { 'x-auth': wrong, authorization: `Bearer-${wrong}` } })
    const found = await records()
    const at = (path: string) => found.find(one => one.path?.startsWith(path))
    t.match(at('/crm/object/'), {
      applicationId: '',
      call: 'unknown',
      code: 'no-such-address',
      path: '/crm/object/D-1?token=…&x=…',
      nearest: '/crm/objects/{{remoteKey}}',
    })
    t.match(at('/proxied/'), { path: '/proxied/crm/objects/D-1/(hidden)', nearest: '/crm/objects/{{remoteKey}}' })
    const refused = found.find(({ status }) => status === 401)
    t.match(refused, { applicationId: 'crm', code: 'token-missing', call: 'entityInfo', remoteKeys: ['D-1'] })
    t.same(refused?.tokenIn.toSorted(), ['authorization', 'x-auth'])
    t.same(new Set(log.flatMap(({ tokenIn }) => tokenIn ?? [])), new Set(['authorization', 'x-auth']))
    t.notMatch(JSON.stringify([found, log]), /canary/i)
  },
)

t.test('the line of a call names it, and no record a key if it must not', async t => {
  const { app, log, openReplica, objects } = await logged(t)
  const lines: Record<string, unknown>[] = []
  const { publicApp } = await openReplica({ log: createLogger('trace', collect(lines), { withKeys: false }) })
  await objects.put('crm', [{ key: 'SECRET-1' as RemoteKey, summary: 'One' }])
  for (const url of ['/crm/objects/SECRET-1', '/crm/objects/SECRET-2']) await publicApp.inject({ url })
  await publicApp.inject({ method: 'DELETE', url: '/crm/links?issueKey=SECRET-7&remoteKey=SECRET-1' })
  t.match(
    lines.filter(({ msg }) => msg === 'answered'),
    [{ call: 'entityInfo', status: 200 }, { code: 'object-unknown' }, { call: 'removeLink' }],
  )
  t.notMatch(JSON.stringify(lines), /SECRET/)
  await app.inject({ url: '/crm/objects/a%22b%E2%80%A8c' })
  t.match(
    log.findLast(({ msg }) => msg === 'answered'),
    { application: 'crm', call: 'entityInfo', remoteKey: 'a"b\u2028c', code: 'object-unknown', status: 404 },
  )
})

t.test(
  'at a high rate cards from memory share records, and those refused for one reason, and no other call does',
  async t => {
    const { prisma, logger } = await testApp(t)
    const recorder = openCallRecorder({ database: prisma, tally: createTally(logger), most: () => 1_000 })
    let number = 0
    for (let call = 0; call < 1_000; call++)
      if (takesCard(recorder, 'crm')) recordCall(recorder, newCallRecord({ requestId: `c${number++}` }), 'card')
    for (let call = 0; call < 1_000; call++)
      for (const code of ['key-invalid', 'object-unknown'])
        if (takesRefused(recorder, 'crm', code))
          recordCall(recorder, newCallRecord({ requestId: `r${number++}`, status: 404, code }), 'refused')
    for (let call = 0; call < 200; call++) recordCall(recorder, newCallRecord({ requestId: `e${call}`, status: 503 }))
    await flushCalls(recorder)
    const rows = await prisma.callRecord.findMany()
    const standing = (status: number, code: string | null = null) =>
      rows.filter(row => row.status === status && row.code === code).map(({ standsFor }) => standsFor)
    for (const shared of [standing(200), standing(404, 'key-invalid'), standing(404, 'object-unknown')])
      t.same([shared.length, shared.reduce((sum, one) => sum + one, 0)], [100, 1_000])
    t.same(standing(503), Array(200).fill(1))
  },
)

t.test('the oldest records go, those of other applications stay', async t => {
  const { prisma, logger } = await testApp(t)
  const recorder = openCallRecorder({ database: prisma, tally: createTally(logger), most: () => 300 })
  recordCall(recorder, newCallRecord({ applicationId: 'erp', requestId: 'quiet' }))
  for (let call = 0; call < 2_000; call++) {
    recordCall(recorder, newCallRecord({ at: 1_000 + call, requestId: `r${call}` }))
    if (call % 100 === 0) await flushCalls(recorder)
  }
  await flushCalls(recorder)
  const left = await prisma.callRecord.findMany({ where: { applicationId: 'crm' }, orderBy: { at: 'asc' } })
  t.ok(left.length > 285 && left.length <= 303, `${left.length}`)
  t.equal(left.at(-1)?.requestId, 'r1999')
  t.equal(await prisma.callRecord.count({ where: { applicationId: 'erp' } }), 1)
})

/** A database whose statements that a pattern fits fail with a state of SQL, until `isWell` is set. */
function failing<Database extends object>(database: Database, pattern: RegExp, originalCode: string) {
  const state = { isWell: false, database }
  state.database = new Proxy(database, {
    get: (target, name) => {
      const found = Reflect.get(target, name)
      if (typeof found !== 'function' || !String(name).includes('Raw')) return found
      return (text: unknown, ...values: unknown[]) => {
        if (!state.isWell && pattern.test(String(text)))
          throw new DriverAdapterError({
            kind: 'postgres',
            code: originalCode,
            severity: 'ERROR',
            message: '',
            detail: undefined,
            column: undefined,
            hint: undefined,
            originalCode,
          })
        return Reflect.apply(found, target, [text, ...values])
      }
    },
  })
  return state
}

t.test('while the oldest records cannot be removed, none is written past the bound', async t => {
  for (const state of ['42501', '57014']) {
    const { prisma, logger, log } = await testApp(t)
    const without = failing(prisma, /DELETE FROM call_record/, state)
    const recorder = openCallRecorder({ database: without.database, tally: createTally(logger), most: () => 100 })
    const callOften = async () => {
      for (let call = 0; call < 1_000; call++) {
        recordCall(recorder, newCallRecord({ at: number, requestId: `r${number++}` }))
        if (call % 100 === 0) await flushCalls(recorder)
      }
      await flushCalls(recorder)
    }
    let number = 0
    await callOften()
    t.ok((await prisma.callRecord.count()) <= 100, state)
    recorder.bound.restsUntil = 0
    await callOften()
    t.ok((await prisma.callRecord.count()) <= 100, `${state}: the end of a rest is no removal`)
    t.match(
      log.find(({ msg }) => String(msg).startsWith('old calls could not be removed')),
      { level: 'warn' },
    )
    without.isWell = true
    recorder.bound.restsUntil = 0
    await callOften()
    const left = await prisma.callRecord.findMany({ orderBy: { at: 'desc' } })
    t.equal(left[0]?.requestId, `r${number - 1}`)
    t.ok(left.length <= 102, `${left.length}`)
  }
})

t.test('a bound that was made lower is reached in steps', async t => {
  const { prisma, logger } = await testApp(t)
  await prisma.$executeRaw`INSERT INTO call_record (at, request_id, application_id, call, method, status, headers, replica, remote_key_count, milliseconds)
    SELECT to_timestamp(i), 'old' || i, 'crm', 'entityInfo', 'GET', 200, '{}', 'r', 1, 1 FROM generate_series(1, 12000) i`
  const recorder = openCallRecorder({ database: prisma, tally: createTally(logger), most: () => 100 })
  recordCall(recorder, newCallRecord({ requestId: 'new' }))
  await flushCalls(recorder)
  t.equal(await prisma.callRecord.count(), 98)
  t.ok(recorder.bound.removed > 11_900)
})

t.test('while the table of the probe fails, calls are written', async t => {
  const { prisma, logger, log } = await testApp(t)
  const { database } = failing(prisma, /INTO probe_sighting|probe_run/, '42P01')
  const recorder = openCallRecorder({ database, tally: createTally(logger), most: () => 100 })
  const seen = newCallRecord({ requestId: 'seen' })
  recordCall(recorder, { ...seen, sighting: {} as NonNullable<typeof seen.sighting> })
  for (let call = 0; call < 300; call++) recordCall(recorder, newCallRecord({ at: call, requestId: `r${call}` }))
  await flushCalls(recorder)
  t.equal(recorder.waiting.length, 0)
  t.ok((await prisma.callRecord.count()) <= 100, 'the oldest go')
  t.match(
    log.filter(({ msg }) => /probe/.test(String(msg))),
    [{ level: 'warn', msg: 'what the probe saw of some calls could not be written' }],
  )
})

t.test('while the database is away calls wait, and those without room are counted', async t => {
  const { prisma, logger, log } = await testApp(t)
  let isAway = true
  const away = new Proxy(prisma, {
    get: (target, name) =>
      name === '$queryRawUnsafe' && isAway
        ? async () => {
            throw new DriverAdapterError({ kind: 'DatabaseNotReachable' })
          }
        : Reflect.get(target, name),
  })
  const recorder = openCallRecorder({ database: away, tally: createTally(logger), most: () => 10_000 })
  for (let call = 0; call < 3_200; call++) recordCall(recorder, newCallRecord({ requestId: `r${call}` }))
  await flushCalls(recorder)
  isAway = false
  await flushCalls(recorder)
  const written = await prisma.callRecord.count()
  t.equal(written, 3_000, 'what waited, and the batch that was under way')
  t.match(
    log.find(({ msg }) => String(msg).startsWith('calls are missing in the request log')),
    { level: 'warn', application: 'crm' },
  )
})
