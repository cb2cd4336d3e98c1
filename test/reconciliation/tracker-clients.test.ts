import t from 'tap'
import type { Organization } from '../../src/config/schema.ts'
import { openTrackerClients } from '../../src/reconciliation/tracker-clients.ts'
import type { CallLimits } from '../../src/tracker-client/create-tracker-client.ts'
import { createRateBudget } from '../../src/tracker-client/rate-budget.ts'
import { playedTracker } from '../support/played-tracker.ts'
import { until } from '../support/until.ts'

const organization = (url: string, more: Partial<Organization> = {}): Organization => ({
  name: 'main',
  kind: 'yandex360',
  id: '7',
  token: 'canary-tracker',
  scheme: 'OAuth',
  url,
  rate: { search: 1_000, other: 1_000 },
  ...more,
})

t.test('an organization has one client, until it is configured otherwise', async t => {
  const { url, requests } = await playedTracker(t, () => ({ body: [] }))
  const taken: string[] = []
  const clients = openTrackerClients({ organizations: [organization(url)] }, ({ name }) => {
    const budget = createRateBudget(1_000)
    const counted = { ...budget, take: async () => void taken.push(name) }
    return { search: counted, other: counted }
  })
  t.teardown(() => clients.close())
  t.equal(clients.trackerOf({ organization: undefined }), undefined)
  t.equal(clients.trackerOf({ organization: 'other' }), undefined)
  const client = clients.trackerOf({ organization: 'main' })
  t.equal(clients.trackerOf({ organization: 'main' }), client)
  await client?.remoteLinks.list('TEST-1')
  await client?.within({ tries: 1 }).remoteLinks.list('TEST-1')
  t.same(taken, ['main', 'main'], 'the budgets that were given are used, with whatever limits')

  clients.use({ organizations: [organization(url)] })
  t.equal(clients.trackerOf({ organization: 'main' }), client)
  clients.use({ organizations: [organization(url, { token: 'canary-next' })] })
  const next = clients.trackerOf({ organization: 'main' })
  t.not(next, client)
  await Promise.all([client?.remoteLinks.list('TEST-1'), next?.remoteLinks.list('TEST-1')])
  t.same(requests.map(({ headers }) => String(headers.authorization)).toSorted(), [
    'OAuth canary-next',
    ...Array(3).fill('OAuth canary-tracker'),
  ])
  clients.use({ organizations: [] })
  t.equal(clients.trackerOf({ organization: 'main' }), undefined)
})

t.test('a call within limits is not sent once its signal aborts, nor waited for longer than it may take', async t => {
  const { url, requests } = await playedTracker(t, ({ target }) =>
    target.includes('SLOW') ? new Promise(() => {}) : { status: 429, headers: { 'retry-after': '600' } },
  )
  const clients = openTrackerClients({ organizations: [organization(url)] })
  t.teardown(() => clients.close())
  const list = async (issue: string, limits: CallLimits) => {
    await clients.trackerOf({ organization: 'main' })?.within(limits).remoteLinks.list(issue)
  }
  await t.rejects(list('SLOW-1', { tries: 1, longestMs: 50 }), { message: /did not answer/ })
  await t.rejects(list('TEST-1', { tries: 1, signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  t.equal(requests.length, 2, 'Tracker asked for a pause: nothing is sent in it')
})

t.test('what is closed has no connection left, also of clients that were replaced', async t => {
  // Nothing else closes them.
  const { url, server } = await playedTracker(t, () => ({ body: [], headers: { 'keep-alive': 'timeout=600' } }))
  server.keepAliveTimeout = 0
  const open = new Set<unknown>()
  server.on('connection', socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  const clients = openTrackerClients({ organizations: [organization(url)] })
  const ask = () => clients.trackerOf({ organization: 'main' })?.remoteLinks.list('TEST-1')
  await ask()
  clients.use({ organizations: [organization(url, { token: 'canary-next' })] })
  await ask()
  t.equal(open.size, 2)
  await clients.close()
  await until(() => open.size === 0)
})
