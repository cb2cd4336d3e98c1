import type { AddressInfo } from 'node:net'
import t from 'tap'
import { fillSandbox } from '../../../src/config/fill-defaults.ts'
import type { Config } from '../../../src/config/schema.ts'
import { defaultRetention } from '../../../src/config/schemas/retention-schema.ts'
import { findProbe } from '../../../src/storage/calls/probe-runs.ts'
import { testApi } from '../../support/test-api.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

type Report = { probe: string; calls: number; questions: { number: number; state: string }[] }

t.test('the report of a probe is had with `links:read` and for a known application', async t => {
  const { call, makeKey, publicApp, prisma, log } = await testApi(t, { id: 'crm', probe: true }, { id: 'erp' })
  await until(() => log.some(({ msg }) => msg === 'the probe starts'))
  await publicApp.inject({ url: '/crm/objects/SECRET-1' })
  await until(async () => (await findProbe(prisma, 'crm'))?.calls === 1n)
  const answer = await call('GET', '/api/applications/crm/probe')
  const { questions, ...report } = answer.json<Report>()
  t.match(report, { probe: 'on', calls: 1, startedAt: /Z$/, endsAt: /Z$/, bodies: [] })
  t.same(
    questions.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  )
  t.match(questions, [{ state: 'seen', answer: /^no token/ }, { state: 'seen' }, { state: 'seen' }])
  t.notMatch(answer.body, 'SECRET')

  const withoutProbe = (await call('GET', '/api/applications/erp/probe')).json<Report>()
  t.match(withoutProbe, { probe: 'never', calls: 0 })
  t.same(
    withoutProbe.questions.map(({ state }) => state),
    Array(10).fill('not seen yet'),
  )
  t.match((await call('GET', '/api/applications/nobody/probe')).json(), { status: 404, code: 'application-unknown' })
  const statusWith = async (limits: Parameters<typeof makeKey>[0]) => {
    const headers = { authorization: `Bearer ${await makeKey(limits)}` }
    return (await call('GET', '/api/applications/crm/probe', { headers })).statusCode
  }
  t.equal(await statusWith({ scopes: ['links:read'] }), 200)
  t.equal(await statusWith({ scopes: ['objects:write', 'links:write'] }), 403)
  t.equal(await statusWith({ scopes: ['links:read'], applications: ['erp'] }), 403)
})

t.test('a reload switches the probe on and off, and on again it goes on', async t => {
  const { applications, openReplica, prisma, log } = await testApp(t)
  const configOf = (probe: { days: number } | undefined): Config => ({
    publicUrl: 'https://links.example.com',
    applications: Array.from(applications.values(), application => ({ ...application, ...(probe && { probe }) })),
    organizations: [],
    retention: defaultRetention,
    sandbox: fillSandbox(),
  })
  let config = configOf(undefined)
  const server = await openReplica({ config, readAgain: () => ({ config, needRestart: [] }) })
  await server.publicApp.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.publicApp.server.address() as AddressInfo
  const callAs = async (agent: string) => {
    const headers = { 'user-agent': agent }
    await (await fetch(`http://127.0.0.1:${port}/crm/objects/D-1`, { headers })).arrayBuffer()
    const where = { headers: { path: ['user-agent'], equals: agent } }
    await until(async () => (await prisma.callRecord.count({ where })) > 0)
  }
  const reloadTo = async (next: { days: number } | undefined, told?: string) => {
    config = configOf(next)
    await server.reload()
    if (told !== undefined) await until(() => log.some(({ msg }) => msg === told))
  }
  await callAs('before')
  await reloadTo({ days: 3 }, 'the probe starts')
  const { startedAt } = await until(() => findProbe(prisma, 'crm'))
  await callAs('first')
  await reloadTo(undefined)
  await callAs('between')
  await reloadTo({ days: 3 }, 'the probe goes on')
  await callAs('second')
  const seen = await until(async () => {
    const rows = await prisma.probeSighting.findMany({ orderBy: { at: 'asc' } })
    return rows.length >= 2 && rows
  })
  t.match(
    seen.map(({ sighting }) => sighting),
    [{ userAgent: 'first' }, { userAgent: 'second' }],
  )
  for (const { sighting } of seen) {
    const { milliseconds = 0 } = sighting as { milliseconds?: number }
    t.ok(milliseconds > 0 && milliseconds < 60_000, `${milliseconds} ms`)
    t.equal(milliseconds, Number(milliseconds.toFixed(2)), 'to a hundredth')
  }
  t.match(await findProbe(prisma, 'crm'), { startedAt, calls: 2n })
})
