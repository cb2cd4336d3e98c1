import t from 'tap'
import { findings } from '../../../src/checks/doctor/catalogue.ts'
import type { Finding } from '../../../src/checks/doctor/finding.ts'
import type { Look } from '../../../src/cli/status/look-at-all.ts'
import { mustAct, screenText } from '../../../src/cli/status/screen.ts'
import { fillApplication } from '../../../src/config/fill-defaults.ts'

const application = fillApplication(
  {
    id: 'an-application-with-a-long-id',
    name: 'CRM',
    frontUrl: 'https://crm.example.com/{{remoteKey}}',
    defaultIconUrl: 'https://crm.example.com/icon.svg',
    responsible: 'crm@example.com',
    authorization: { kind: 'none' },
  },
  { publicUrl: 'https://links.example.com', directory: import.meta.dirname },
)
const lastHour = { applicationId: '', calls: 1_234_567, errors: 1_234_567, p50: 1, p99: 12_345.6 }
const nobody = { lastAt: null, lastGoodAt: null, totals: undefined, backlog: undefined }

function lookOf(...found: Finding[]): Look {
  const one = { application, findings: found, lastHour: { ...lastHour, ...nobody }, ...nobody }
  const seen = Object.values(findings).map(({ state }) => ({ ...one, state }))
  return { at: new Date(0), away: undefined, seen }
}

t.test('every state fits 80 columns, and a narrow terminal cuts lines', async t => {
  for (const width of [80, 40])
    for (const text of screenText(lookOf(), width, text => text).split('\n')) t.ok(text.length <= width, text)
})

t.test('a finding gives its code and a command to copy whole, safe to show', async t => {
  const next = `tracker-links token new --application crm ${'x'.repeat(80)}\u001b[2J`
  const refused: Finding = { code: 'TLK-C12', says: 'token refused', next, evidence: [] }
  t.match(
    screenText(lookOf(refused), 40, text => text),
    `  TLK-C12 next: ${next.replace('\u001b', '\\u001b')}\n`,
  )
  t.equal(mustAct(lookOf(refused)), true)
  t.equal(mustAct(lookOf({ ...refused, code: 'TLK-A10' })), false, 'a warning is no must')
})
