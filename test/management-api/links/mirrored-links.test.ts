import t from 'tap'
import { storeMirrorRows } from '../../support/mirror-rows.ts'
import { testApi } from '../../support/test-api.ts'
import { until } from '../../support/until.ts'

const unsent = { id: 'unsent', organization: 'main' }

t.test('each link says where it stands with Tracker, and each application what waits', async t => {
  const { call, prisma } = await testApi(t, { organization: 'main', mirror: true }, { id: 'erp' }, unsent)
  // When the server begins to mirror it makes due what differs, and what is stopped. It follows once that is done.
  await until(async () => (await prisma.follower.count({ where: { applicationId: 'crm' } })) > 0)
  await storeMirrorRows(prisma, 'crm')
  const { links } = (await call('GET', '/api/applications/crm/links')).json()
  const stateOf = (key: string) => links.find((link: { remoteKey: string }) => link.remoteKey === key)?.mirror
  t.same(stateOf('mirrored'), { state: 'mirrored' })
  t.same(stateOf('pending'), { state: 'pending' })
  t.same(stateOf('unknown'), { state: 'unknown' })
  const nextTry = '2099-01-01T00:00:00.000+0000'
  t.same(stateOf('failed'), { state: 'failed', reason: 'tracker-away', detail: 'No answer.', nextTry })
  t.same(stateOf('stopped'), { state: 'failed', reason: 'issue-locked', detail: 'Too many changes.', nextTry })

  await prisma.mirrorStop.create({
    data: { applicationId: 'crm', issueKey: '', reason: 'token-refused', since: new Date(0), nextAt: new Date(0) },
  })
  const mirror = { sends: true, waiting: 3, failed: 1, oldestSince: '2026-11-01T10:00:00.000+0000', stoppedIssues: 1 }
  const stopped = {
    reason: 'token-refused',
    since: '1970-01-01T00:00:00.000+0000',
    nextTry: '1970-01-01T00:00:00.000+0000',
  }
  t.match((await call('GET', '/api/applications')).json(), {
    applications: [
      { id: 'crm', name: 'CRM', source: 'store', mirror: { ...mirror, stopped } },
      { id: 'erp', name: 'CRM', source: 'store', mirror: undefined },
      { id: 'unsent', mirror: { sends: false, waiting: 0 } },
    ],
  })

  await prisma.link.create({ data: { applicationId: 'erp', issueKey: 'TEST-1', remoteKey: 'a' } })
  const [other] = (await call('GET', '/api/applications/erp/links')).json().links
  t.same(Object.keys(other), ['issueKey', 'remoteKey', 'createdAt'])

  const place = { applicationId: 'unsent', issueKey: 'TEST-1', remoteKey: 'a' }
  await prisma.link.create({ data: place })
  await prisma.linkMirror.create({ data: { ...place, wanted: 'linked', generation: 1n } })
  t.match((await call('GET', '/api/applications/unsent/links')).json().links, [{ mirror: { state: 'unsent' } }])
})
