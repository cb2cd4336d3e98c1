import t from 'tap'
import { testApp } from './support/test-app.ts'

const closing = (closed: string[], name: string) => async () => {
  closed.push(name)
}

t.test('the parts of a server are closed in reverse, each once', async t => {
  const { openReplica } = await testApp(t)
  const closed: string[] = []
  const { publicApp, adminApp, close } = await openReplica({
    storage: { close: closing(closed, 'storage') },
    sources: async () => ({ sources: new Map(), rulesOf: () => info => info, close: closing(closed, 'sources') }),
  })
  for (const app of [publicApp, adminApp]) app.server.on('close', () => closed.push('server'))
  for (const app of [publicApp, adminApp]) await app.listen({ host: '127.0.0.1', port: 0 })
  await close()
  t.same(closed, ['server', 'server', 'sources', 'storage'])
  await close()
  t.equal(closed.length, 4, 'closing again does nothing')
})

t.test('if a part cannot be opened, those before it are closed', async t => {
  const { openReplica } = await testApp(t)
  const closed: string[] = []
  const opening = openReplica({
    storage: { close: closing(closed, 'storage') },
    sources: async () => {
      throw new Error('people.csv cannot be read')
    },
  })
  await t.rejects(opening, { message: 'people.csv cannot be read' })
  t.same(closed, ['storage'])
})

t.test('while it drains a server is not ready, and still answers calls', async t => {
  const { openReplica } = await testApp(t)
  const { publicApp, adminApp, drain, close } = await openReplica()
  t.equal((await publicApp.inject('/health')).statusCode, 200)
  await drain(0)
  t.equal((await publicApp.inject('/health')).statusCode, 503)
  const told = await adminApp.inject('/health/ready')
  t.equal(told.statusCode, 503)
  t.match(told.json(), { status: 'not ready', reason: { code: 'stopping', message: /is stopping/, hint: String } })
  const payload = { issueKey: 'TEST-1', entityIds: ['1'] }
  t.equal((await publicApp.inject({ method: 'POST', url: '/crm/links', payload })).statusCode, 201)
  await close()
})

t.test('a server drains for somebody who asks for its health, and for nobody otherwise', async t => {
  const { openReplica, log } = await testApp(t)
  const clock = { now: () => 1_000_000 }
  const { publicApp, drain } = await openReplica({ clock })
  const drained = () => log.filter(({ drainSeconds }) => drainSeconds !== undefined).map(one => one.drainSeconds)
  await drain()
  t.same(drained(), [0], 'nobody asked')
  await publicApp.inject('/health')
  clock.now = () => 1_000_000 + 61_000
  await drain()
  t.same(drained(), [0, 0], 'nobody asks any more')
  await publicApp.inject('/health')
  void drain()
  t.same(drained(), [0, 0, 5])
  await drain(0)
  t.same(drained(), [0, 0, 5, 0], 'what is set is obeyed')
})

const noFellows = {
  reload: async () => ({ needRestart: [], applications: { added: [], removed: [], changed: [] }, notices: [] }),
  scrape: async () => [],
  healthAsked: () => {},
  missing: () => undefined,
}

t.test('a server that lacks workers is as ready as its database, and warns', async t => {
  const { openReplica, setReady } = await testApp(t)
  const missing = { code: 'workers-missing' as const, message: 'One of two.', hint: 'Wait.' }
  const { adminApp } = await openReplica({ fellows: { ...noFellows, missing: () => missing } })
  const told = async () => {
    const answer = await adminApp.inject('/health/ready')
    return { code: answer.statusCode, ...answer.json<object>() }
  }
  t.match(await told(), { code: 200, status: 'ready', warnings: [missing] })
  setReady(false)
  t.match(await told(), { code: 503, status: 'not ready', warnings: [missing] })
})

t.test('a worker shows the metrics of all if there are to be any', async t => {
  const { openReplica } = await testApp(t)
  const statusWith = async (metrics: boolean) =>
    (await (await openReplica({ metrics, fellows: noFellows })).adminApp.inject('/metrics')).statusCode
  t.equal(await statusWith(true), 200)
  t.equal(await statusWith(false), 404)
})

t.test('a worker tells the others that somebody asks for the health', async t => {
  const { openReplica } = await testApp(t)
  let told = 0
  const { publicApp } = await openReplica({ fellows: { ...noFellows, healthAsked: () => told++ } })
  await publicApp.inject('/health')
  t.equal(told, 1)
})
