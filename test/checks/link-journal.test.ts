import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { note, openJournal } from '../../src/checks/kit/link-journal.ts'

t.test('a line that was cut is dropped, and what is noted later can be read again', async t => {
  const file = join(t.testdir(), 'links.ndjson')
  const [first, second] = ['1', '2'].map(remoteKey => ({ issueKey: 'TLKCHECK-1', remoteKey }))
  writeFileSync(file, `${JSON.stringify({ ...first, state: 'asked' })}\n{"issueKey":"Договор`)
  const journal = openJournal(file)
  t.same([...journal.links.values()], [{ ...first, state: 'asked' }])
  if (!first || !second) throw new Error('there are two')
  note(journal, [second], 'asked')
  t.match([...openJournal(file).links.values()], [first, second])
  note(journal, [first, second], 'removed')
  t.notOk(existsSync(file), 'nothing is left to remember')
})
