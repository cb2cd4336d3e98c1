import t from 'tap'
import { mirroredLinksProbe } from '../../../src/checks/doctor/probes/mirrored-links.ts'
import { doctorBesideTracker } from '../../support/doctor-ground.ts'

const { look: lookAt, database, change, cli, addInTracker, requests, sandbox } = await doctorBesideTracker(t)
const look = (about: { issue?: string; object?: string }) =>
  lookAt(mirroredLinksProbe, { change: { mirror: true }, ...about })
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000)
const applicationId = 'crm'

/** A link that is here for so long, and of which both sides have agreed. */
async function settled(issueKey: string, remoteKey: string, minutes = 60) {
  await change('create', issueKey, remoteKey)
  const link = { applicationId, issueKey, remoteKey }
  await database.link.updateMany({ where: link, data: { createdAt: ago(minutes) } })
  await database.linkMirror.create({
    data: {
      ...link,
      wanted: 'linked',
      generation: 1n,
      agreed: 'linked',
      agreedGeneration: 1n,
      changedAt: ago(minutes),
    },
  })
}
const update = (remoteKey: string, data: object) =>
  database.linkMirror.updateMany({ where: { applicationId, remoteKey }, data })

t.test('nothing is said of a link that Tracker has, and nobody is asked without a link', async t => {
  await settled('TEST-1', 'a')
  addInTracker('TEST-1', 'a')
  requests.length = 0
  t.same(await look({}), [])
  t.same(requests, [])
  t.same(await look({ issue: 'TEST-1', object: 'a' }), [])
  t.same(await look({ object: 'a' }), [])
  t.ok(requests.length > 0 && requests.every(request => request.startsWith('GET /v3/issues/TEST-1/remotelinks')))
})

t.test(
  'a link that could not be sent is told with the failure; one that was changed just now is on its way',
  async t => {
    await settled('TEST-2', 'b', 30)
    await update('b', {
      agreed: null,
      nextAt: ago(-60),
      attempts: 7,
      lastError: 'issue-locked',
      lastErrorDetail: 'Too many.',
    })
    t.match(await look({ issue: 'TEST-2' }), [
      {
        code: 'TLK-A01',
        says: /^not in Tracker since .*\d\d:\d\d: issue-locked$/,
        next: 'tracker-links mirror resume crm --issue TEST-2',
        evidence: [/^7 tries failed, the next is at .*\d\d:\d\d: Too many\.$/],
        issueKey: 'TEST-2',
        remoteKey: 'b',
      },
    ])
    await update('b', { attempts: 0 })
    t.match(await look({ issue: 'TEST-2' }), [{ evidence: [/^the next try is at .*\d\d:\d\d: Too many\.$/] }])
    addInTracker('TEST-2', 'b')
    await update('b', { lastError: null, lastErrorDetail: null, changedAt: new Date() })
    t.same(await look({ issue: 'TEST-2', object: 'b' }), [])
    await update('b', { wanted: 'absent', agreed: 'linked', changedAt: ago(9), nextAt: ago(8) })
    t.match(await look({ object: 'b' }), [
      {
        says: /^removed here at .*, and still in Tracker$/,
        next: 'tracker-links mirror status crm',
        evidence: ['nothing was tried since; the next try is due now'],
      },
    ])
  },
)

t.test('a link that only our books have in Tracker is found by asking, and the next command shows it', async t => {
  await settled('TEST-3', 'kept')
  await settled('TEST-3', 'lost')
  addInTracker('TEST-3', 'kept')
  const [found, ...others] = await look({ issue: 'TEST-3' })
  t.match(found, {
    code: 'TLK-A01',
    says: 'not in Tracker, and nothing waits to be sent',
    next: 'tracker-links reconcile crm --issue TEST-3',
    evidence: [/^here since/, 'GET issues/TEST-3/remotelinks shows 1 of crm, and not this one'],
    remoteKey: 'lost',
  })
  t.same(others, [])
  t.same(await look({ issue: 'TEST-3', object: 'kept' }), [])
  const shown = await cli.run(found?.next.split(' ').slice(1) ?? [])
  t.match(shown, { code: 1, out: /TEST-3 {2}lost {2}only here/ })
  sandbox.meddle = () => 503
  t.same(await look({ issue: 'TEST-3' }), [], 'another probe says that Tracker is away')
  sandbox.meddle = () => undefined
})

t.test('a link to a renamed object is in Tracker under its former key', async t => {
  await settled('TEST-4', 'new')
  addInTracker('TEST-4', 'old')
  t.match(await look({ issue: 'TEST-4' }), [{ code: 'TLK-A01', remoteKey: 'new' }])
  await database.objectAlias.create({ data: { applicationId, alias: 'old', remoteKey: 'new' } })
  t.same(await look({ issue: 'TEST-4' }), [])
})

t.test('an issue that Tracker does not show has none of its links', async t => {
  await settled('GONE-1', 'x')
  t.match(await look({ issue: 'GONE-1' }), [
    { code: 'TLK-A01', evidence: [/./, /answered 404: Tracker shows no such issue$/] },
  ])
})
