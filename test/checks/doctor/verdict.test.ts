import t from 'tap'
import type { FindingCode } from '../../../src/checks/doctor/catalogue.ts'
import type { Finding } from '../../../src/checks/doctor/finding.ts'
import { inOrder } from '../../../src/checks/doctor/look-at-application.ts'
import { readinessFindings } from '../../../src/checks/doctor/probes/database.ts'
import { exitCodeOf, reportLines, withoutRepeats } from '../../../src/checks/doctor/verdict.ts'
import { reasonCodes } from '../../../src/storage/database/connection/database-reason.ts'

const finding = (code: FindingCode, more: Partial<Finding> = {}): Finding => ({
  code,
  says: 'it is so',
  next: 'do this',
  evidence: ['seen'],
  ...more,
})
const codes = (found: Finding[]) => inOrder(found).map(({ code }) => code)
const exits = (...found: Finding[]) => [false, true].map(isStrict => exitCodeOf(found, { isStrict }))
const firstLine = (code: FindingCode, more?: Partial<Finding>) => reportLines([finding(code, more)])[0]

t.test('the first line says what does not work, what was found, and of what', async t => {
  const about = { says: 'token refused since 02:14', applicationId: 'crm', issueKey: 'TEST-7', remoteKey: 'D-1' }
  t.same(reportLines([finding('TLK-C12', about)]), [
    'NOT SHOWN TLK-C12 token refused since 02:14 (crm, TEST-7 -> D-1)',
    'next: do this',
    '  seen',
    '  more: docs/findings.md#tlk-c12',
  ])
  t.equal(firstLine('TLK-S06'), 'NOT CREATED TLK-S06 it is so')
  t.equal(firstLine('TLK-A01', { applicationId: 'crm', remoteKey: 'D-1' }), 'NOT AGREED TLK-A01 it is so (crm, D-1)')
  t.equal(firstLine('TLK-A10', { applicationId: 'crm' }), 'WARNING TLK-A10 it is so (crm)')
  t.equal(firstLine('TLK-C20', { isShownOld: true }), 'OUT OF DATE TLK-C20 it is so')
  t.equal(firstLine('TLK-S13'), 'CANNOT TELL TLK-S13 it is so')
  t.same(reportLines([]), ['OK'])
})

t.test('what must be mended comes first, and decides the exit code', async t => {
  const [warning, unknown, must] = [finding('TLK-C40'), finding('TLK-S13'), finding('TLK-A01')]
  t.same(codes([warning, unknown, must, finding('TLK-S03')]), ['TLK-S03', 'TLK-A01', 'TLK-S13', 'TLK-C40'])
  t.same(exits(), [0, 0])
  t.same(exits(warning), [0, 2])
  t.same(exits(warning, unknown), [3, 3])
  t.same(exits(warning, unknown, must), [1, 1])
})

t.test('what is found once for each application is told once', async t => {
  const own = finding('TLK-C12', { applicationId: 'crm' })
  t.same(withoutRepeats([finding('TLK-R01'), own, finding('TLK-R01'), own]), [finding('TLK-R01'), own])
})

t.test('every reason for which a database or a server is not ready is a finding', async t => {
  for (const code of reasonCodes) {
    const reason = { code, message: 'It is so.', hint: 'Run `tracker-links migrate`, or wait.' }
    const [found] = readinessFindings({ reason })
    t.match(found, { code: /^TLK-S/, next: 'tracker-links migrate', evidence: ['It is so.', reason.hint] }, code)
  }
  t.match(readinessFindings({ reason: { code: 'of a later version', message: 'No.', hint: 'Wait. Or not.' } }), [
    { code: 'TLK-S09', next: 'Wait.', evidence: ['No.', 'Or not.'] },
  ])
  t.match(readinessFindings({ warnings: [{ code: 'rights-missing', message: '', hint: '' }] }), [{ code: 'TLK-S14' }])
  t.same(readinessFindings({}), [])
})
