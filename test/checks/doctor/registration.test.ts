import t from 'tap'
import { registrationProbe } from '../../../src/checks/doctor/probes/registration.ts'
import { doctorBesideTracker, linesOf, lookWith } from '../../support/doctor-ground.ts'

const { look, cli, sandbox, requests } = await doctorBesideTracker(t)
t.afterEach(() => {
  sandbox.meddle = () => undefined
})

t.test('nothing is said of an application that is registered, or of which no organization is known', async t => {
  requests.length = 0
  t.same(await look(registrationProbe), [])
  t.match(requests, [/^GET \/v3\/applications\b/])
  t.same(await lookWith(registrationProbe), [])
})

t.test('an application that is not registered is told with what is, and the next command can be run', async t => {
  const [near] = await look(registrationProbe, { change: { id: 'cmr', name: 'Deals' } })
  t.match(near, {
    code: 'TLK-R10',
    says: 'Tracker does not know cmr in the organization main',
    next: 'tracker-links registration cmr',
    evidence: [/^nearly the same is registered: crm \(CRM\)/],
    applicationId: 'cmr',
  })
  t.match(await look(registrationProbe, { change: { id: 'ru.example.sales', name: 'CRM' } }), [
    { code: 'TLK-R10', evidence: [/^nearly the same is registered: crm \(CRM\)/] },
  ])
  t.match(await look(registrationProbe, { change: { id: 'elsewhere', name: 'Elsewhere' } }), [
    { evidence: [/^registered there: crm \(CRM\)/] },
  ])
  t.match(await cli.run(['registration', 'crm', '--offline']), { code: 0 })
})

t.test('a token that Tracker refuses, without the token', async t => {
  sandbox.meddle = ({ headers }) => (headers.authorization === 'OAuth canary-unheard-of' ? 401 : undefined)
  const refused = await look(registrationProbe, { token: 'canary-unheard-of' })
  t.match(linesOf(refused), ['TLK-R11 Tracker refuses the token of the organization main: 401'])
  t.notMatch(JSON.stringify(refused), /canary/)
  t.equal(refused[0]?.next, 'tracker-links tracker myself --organization main')
  t.match(await cli.run(['tracker', 'myself', '--organization', 'main']), { code: 0 })
  sandbox.meddle = () => 403
  t.match(linesOf(await look(registrationProbe)), [/^TLK-R11 .*: 403$/])
})

t.test('a Tracker that fails is asked once', async t => {
  sandbox.meddle = () => 503
  requests.length = 0
  t.match(await look(registrationProbe), [
    { code: 'TLK-R13', says: 'Tracker gives no answer but 503', evidence: [/Tracker says: Played 503\./] },
  ])
  t.equal(requests.length, 1)
})
