import t from 'tap'
import { inOrder } from '../../../src/checks/doctor/look-at-application.ts'
import { wrongAddressProbe } from '../../../src/checks/doctor/probes/wrong-address.ts'
import { verdictOf } from '../../../src/checks/doctor/verdict.ts'
import { doctorAfterCalls } from '../../support/doctor-ground.ts'

const { call, look } = await doctorAfterCalls(t)
const lines = async () => (await look(wrongAddressProbe)).map(({ says }) => says.replaceAll(/\d\d:\d\d/g, 'NOW'))
const from = (agent: string, url: string) => ({ url, headers: { 'user-agent': agent } })

t.test('a call to an address that is nearly one of the application is told until one reaches it', async t => {
  t.same(await look(wrongAddressProbe), [])
  t.same(await call({}, { url: '/crm/objects/D-1' }, { url: '/favicon.ico' }), [404, 404])
  t.same(await look(wrongAddressProbe), [])
  // Two servers, one after the other: calls of the same millisecond have no order.
  t.same(await call({}, { url: '/crm/object/D-1?secret=canary' }), [404])
  t.same(await call({}, { url: '/crm/object/D%1b' }), [404])
  const [found] = await look(wrongAddressProbe)
  t.match(found, {
    code: 'TLK-C01',
    next: 'tracker-links registration crm',
    evidence: [
      'this server answers /crm/objects/{{remoteKey}}',
      /^at \d\d:\d\d: GET \/crm\/object\/D%1b was answered 404 no-such-address/,
      /^2 calls so far; the last one that reached the application was at/,
    ],
  })
  t.notMatch(JSON.stringify(found), /canary/)
  await call({}, { method: 'POST', url: '/proxied/crm/links', payload: { issueKey: 'TEST-1', entityIds: ['D-1'] } })
  t.same(await lines(), [
    'Tracker calls /crm/object/D%1b since NOW, which no application has',
    'Tracker calls /proxied/crm/links since NOW, which no application has',
  ])
  const removal = '/proxied/crm/links?issueKey=TEST-1&remoteKey=D-1'
  await call({}, { method: 'DELETE', url: removal })
  const astray = await look(wrongAddressProbe)
  t.same(astray.map(verdictOf), ['NOT SHOWN', 'NOT CREATED', 'NOT REMOVED'], 'what fails is what goes astray')
  const refused = { code: 'TLK-C12', says: '', next: '', evidence: [] } as const
  t.same(inOrder([...astray.toReversed(), refused]).map(verdictOf), [
    'NOT SHOWN',
    'NOT SHOWN',
    'NOT CREATED',
    'NOT REMOVED',
  ])
  await call({}, { method: 'DELETE', url: removal.replace('/proxied', '') })
  await call({}, { url: '/crm/objects/D-1' })
  t.same(await lines(), ['Tracker calls /proxied/crm/links since NOW, which no application has'])
})

t.test("somebody's try at a wrong address is a warning while Tracker's calls arrive", async t => {
  await call({}, { method: 'POST', url: '/crm/links', payload: { issueKey: 'TEST-1', entityIds: ['D-1'] } })
  await call({}, from('Java/17', '/crm/objects/D-1'), from('curl/8.5.0', '/crm/object/D-1'))
  t.match(await look(wrongAddressProbe), [
    {
      code: 'TLK-C42',
      says: /^curl, hardly Tracker, calls an address that no application has since/,
      next: 'tracker-links calls list --unknown',
      evidence: [/GET \/crm\/object\/D-1 was answered 404/, /^1 call of curl/, /accepted: (java|lightmyrequest),/],
    },
  ])
  await call({}, from('Java/17', '/crm/objects/D-1'))
  t.same(await look(wrongAddressProbe), [])
})
