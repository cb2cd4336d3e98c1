import t from 'tap'
import { parseIssueKey } from '../../src/tracker-contract/issue-key.ts'
import { parseRemoteKey } from '../../src/tracker-contract/remote-key.ts'

t.test('an issue key is taken in either case and kept in capitals', async t => {
  t.equal(parseIssueKey('TEST-123'), 'TEST-123')
  t.equal(parseIssueKey('test-123'), 'TEST-123')
  t.equal(parseIssueKey('Q2_A-1'), 'Q2_A-1')
})

t.test('what is no issue key is refused', async t => {
  for (const text of [
    '',
    'TEST',
    'TEST-',
    'TEST-0',
    'TEST-01',
    '-1',
    '2A-1',
    'TEST-1 ',
    ' TEST-1',
    'TEST-1\n',
    'ТЕСТ-1',
    'ſ-1',
    'TEST-12345678901',
    `${'A'.repeat(33)}-1`,
  ])
    t.equal(parseIssueKey(text), undefined, JSON.stringify(text))
})

t.test('a remote key is kept exactly as it is', async t => {
  for (const text of [' ', 'a/b', '100%', 'é', 'é', 'Договор № 15', '😀', '\t', 'a'.repeat(255), '😀'.repeat(255)])
    t.equal(parseRemoteKey(text), text)
})

t.test('a text that PostgreSQL cannot keep, or that is too long, is no remote key', async t => {
  for (const text of ['', '\0', 'a\0b', '\ud800', 'a\udc00', 'a'.repeat(256), '😀'.repeat(256)])
    t.equal(parseRemoteKey(text), undefined, JSON.stringify(text.slice(0, 9)))
})
