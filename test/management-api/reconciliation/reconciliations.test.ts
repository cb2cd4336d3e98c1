import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { testApi } from '../../support/test-api.ts'

const runs = '/api/applications/crm/reconciliations'
const withTracker = { organization: 'main' }
type Run = { id: string; state: string; plan?: string }
const run = (answer: LightMyRequestResponse) => answer.json<Run>()

const repair = { side: 'tracker', action: 'add' }
/** What carries a run out would have stored this. */
const found = (runId: string, number: number) => ({
  runId,
  number,
  issueKey: `TEST-${number}`,
  line: { number, issueKey: `TEST-${number}`, remoteKey: 'd', kind: 'only-here', why: 'not-mirrored-yet', repair },
})

t.test('a run is started, shown, listed and cancelled', async t => {
  const { call, prisma } = await testApi(t, withTracker)
  const started = await call('POST', runs, { body: { scope: { issue: 'test-1' } } })
  t.equal(started.statusCode, 202)
  t.match(started.json(), { application: 'crm', scope: { issue: 'TEST-1' }, repair: 'none', state: 'waiting' })
  t.match(started.json<{ startedBy: string }>().startedBy, /^key /)
  const address = String(started.headers.location)
  t.equal(address, `${runs}/${run(started).id}`)
  t.same((await call('GET', address)).json(), started.json())

  const second = await call('POST', runs, { body: { scope: { all: true }, repair: 'both' } })
  t.equal(second.statusCode, 409, 'one at a time')
  t.match(second.json(), { code: 'reconciliation-in-progress', detail: new RegExp(run(started).id) })

  const cancelled = await call('POST', `${address}/cancel`)
  t.match(cancelled.json(), { state: 'cancelled', reason: /^Cancelled by key / })
  t.match((await call('POST', `${address}/cancel`)).json(), { code: 'reconciliation-over' })
  t.match(await prisma.reconciliationRun.findFirst(), { nextAt: null, leaseToken: null, endedAt: Date })

  const next = await call('POST', runs, { body: { scope: { all: true }, repair: 'both' } })
  const first = await call('GET', `${runs}?cursor=&perPage=1`)
  t.equal(first.json<{ reconciliations: Run[] }>().reconciliations[0]?.id, run(next).id, 'the newest first')
  const rest = await call('GET', `${runs}?perPage=1&cursor=${first.json<{ next: string }>().next}`)
  t.match(rest.json(), { reconciliations: [{ id: run(started).id }] })
  t.equal(rest.json<{ next?: string }>().next, undefined)
  t.equal((await call('GET', runs)).headers['x-total-count'], '2')

  const changes = await prisma.auditRecord.findMany({ orderBy: { at: 'asc' } })
  t.match(
    changes.map(({ operation, about }) => ({ operation, about })),
    [
      { operation: 'startReconciliation', about: {} },
      { operation: 'cancelReconciliation', about: { runId: run(started).id } },
      { operation: 'startReconciliation', about: { repair: 'both' } },
    ],
  )
})

t.test('two runs started at once: one of them, over all servers', async t => {
  const { makeKey, adminApp, startReplica, prisma } = await testApi(t, withTracker)
  const servers = [adminApp, await startReplica()]
  const headers = { authorization: `Bearer ${await makeKey({ scopes: ['reconciliation:write'] })}` }
  const start = (server: FastifyInstance) =>
    server.inject({ method: 'POST', url: runs, headers, payload: { scope: { all: true } } })
  const answers = await Promise.all([...servers, ...servers, ...servers].map(start))
  t.same(answers.map(({ statusCode }) => String(statusCode)).toSorted(), ['202', '409', '409', '409', '409', '409'])
  t.equal(await prisma.reconciliationRun.count(), 1)
})

t.test('a start that is repeated with its Idempotency-Key is the same run', async t => {
  const { call, prisma } = await testApi(t, withTracker)
  const start = () => call('POST', runs, { body: { scope: { queue: 'test' } }, headers: { 'idempotency-key': 'once' } })
  const first = await start()
  t.equal(first.statusCode, 202)
  t.equal((await start()).body, first.body)
  t.equal(await prisma.reconciliationRun.count(), 1)
})

t.test('a scope that is none is refused with what to send', async t => {
  const { call } = await testApi(t, withTracker)
  const faults = async (body: object) => {
    const answer = await call('POST', runs, { body })
    t.equal(answer.statusCode, 400)
    return answer.json<{ errors: { field: string; hint: string }[] }>().errors
  }
  t.match(await faults({}), [{ field: 'scope', hint: /as in `{"scope"/ }])
  t.match(await faults({ scope: {} }), [{ field: 'scope', hint: /one of/ }])
  t.match(await faults({ scope: { issue: 'TEST-1', all: true } }), [{ field: 'scope' }])
  t.match(await faults({ scope: { issue: 'TEST' } }), [{ field: 'scope/issue', hint: /issue key/ }])
  t.match(await faults({ scope: { query: ' ' } }), [{ field: 'scope/query', hint: /"all": true/ }])
  t.match(await faults({ scope: { all: false } }), [{ field: 'scope/all' }])
  t.match(await faults({ scope: { all: true }, repair: 'all' }), [{ field: 'repair', hint: /which side/ }])
})

t.test('without an organization there is nothing to compare with', async t => {
  const { call } = await testApi(t)
  const refused = await call('POST', runs, { body: { scope: { all: true } } })
  t.equal(refused.statusCode, 409)
  t.match(refused.json(), { code: 'organization-missing', hint: /organization/ })
})

t.test('a plan is read as a file and by cursor, and applied once it is whole', async t => {
  const { call, prisma } = await testApi(t, withTracker)
  const address = String((await call('POST', runs, { body: { scope: { all: true } } })).headers.location)
  const id = address.split('/').at(-1) as string
  await prisma.planLine.createMany({ data: Array.from({ length: 1_201 }, (_, number) => found(id, number + 1)) })
  for (const [method, what] of [['GET', 'plan'] as const, ['POST', 'apply'] as const])
    t.match((await call(method, `${address}/${what}`)).json(), { code: 'plan-not-applicable', detail: /waiting/ })
  t.match((await call('GET', `${address}/lines?perPage=2`)).json(), { lines: [{ number: 1 }, { number: 2 }] })

  const endedAt = new Date()
  await prisma.reconciliationRun.update({ where: { id }, data: { state: 'finished', endedAt } })
  await prisma.planLine.update({
    where: { runId_number: { runId: id, number: 1 } },
    data: { outcome: 'stale', doneAt: endedAt },
  })
  const file = await call('GET', `${address}/plan`)
  t.match(file.headers, {
    'content-type': 'application/x-ndjson',
    'content-disposition': `attachment; filename="plan-${id}.ndjson"`,
  })
  const [header, ...lines] = file.body
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text) as Record<string, unknown>)
  t.match(header, { plan: id, application: 'crm', scope: { all: true }, lines: 1_201 })
  t.same(
    lines.map(({ number }) => number),
    Array.from({ length: 1_201 }, (_, number) => number + 1),
  )
  t.same(lines[0], found(id, 1).line, 'as the plan was made')

  const applied = await call('POST', `${address}/apply?acceptRemovals=12`)
  t.equal(applied.statusCode, 202)
  t.match(applied.json(), { plan: id, scope: { all: true }, state: 'waiting' })
  const { position } = await prisma.reconciliationRun.findUniqueOrThrow({ where: { id: run(applied).id } })
  t.match(position, { options: { acceptRemovals: 12, mostRepairs: 1_000, mostPerIssue: 20 } })
  const applying = String(applied.headers.location)
  t.match((await call('GET', `${applying}/lines?perPage=1`)).json(), {
    lines: [{ number: 1, kind: 'only-here', outcome: 'stale', doneAt: String }],
  })
  t.match((await call('GET', `${applying}/plan`)).json(), { code: 'plan-not-applicable', detail: new RegExp(id) })

  await call('POST', `${applying}/cancel`)
  await prisma.planLine.updateMany({ data: { outcome: 'done' } })
  t.match((await call('POST', `${address}/apply`)).json(), {
    code: 'plan-not-applicable',
    detail: /was applied before/,
  })
})

t.test('runs of another application are unknown', async t => {
  const { call } = await testApi(t, withTracker, { ...withTracker, id: 'erp' })
  const started = await call('POST', runs, { body: { scope: { all: true } } })
  const elsewhere = `/api/applications/erp/reconciliations/${run(started).id}`
  for (const [method, what] of [
    ['GET', ''],
    ['GET', '/lines'],
    ['GET', '/plan'],
    ['POST', '/apply'],
    ['POST', '/cancel'],
  ] as const) {
    const answer = await call(method, `${elsewhere}${what}`)
    t.equal(answer.statusCode, 404, what)
    t.match(answer.json(), { code: 'reconciliation-unknown' })
  }
})
