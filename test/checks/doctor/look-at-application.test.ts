import t from 'tap'
import type { FindingCode } from '../../../src/checks/doctor/catalogue.ts'
import { type Finding, stateOf } from '../../../src/checks/doctor/finding.ts'
import { lookAtApplication } from '../../../src/checks/doctor/look-at-application.ts'
import type { Ground, Probe, Subject } from '../../../src/checks/doctor/probe.ts'
import { fillApplication } from '../../../src/config/fill-defaults.ts'

const application = fillApplication(
  {
    id: 'crm',
    name: 'CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm@example.com',
    authorization: { kind: 'none' },
  },
  { publicUrl: 'https://links.example.com', directory: import.meta.dirname },
)
const ground = { database: undefined, trackerOf: () => undefined, now: () => 0 } as unknown as Ground
const subject: Subject = { application }
const found = (code: FindingCode): Finding => ({ code, says: code, next: 'n', evidence: [] })
const probe = (name: string, look: Probe['look'], needsDatabase = false): Probe => ({ name, needsDatabase, look })

t.test('what must be mended comes first, and one failed look hides no other', async t => {
  const probes = [
    probe('the agreement', async () => [found('TLK-A10')]),
    probe('the source', async () => [found('TLK-C30'), found('TLK-C12')]),
    probe('the certificate', async () => Promise.reject(new Error('secret'))),
    probe('the mirror', async () => [found('TLK-A02')], true),
  ]
  const findings = await lookAtApplication(ground, subject, probes)
  t.same(
    findings.map(({ code }) => code),
    ['TLK-C12', 'TLK-C30', 'TLK-S13', 'TLK-A10'],
    'a look into the database is left out without one',
  )
  t.match(findings[2], { says: 'the certificate could not be looked at', applicationId: 'crm' })
  t.notMatch(JSON.stringify(findings), 'secret')
  t.equal(stateOf(findings), 'token refused')
  t.equal(stateOf([]), 'healthy')
})
