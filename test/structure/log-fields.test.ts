import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { filesBelow } from '../../scripts/structure/imports.ts'

const root = join(import.meta.dirname, '../..')

/** A record that gives a field which every record has: JSON then has the name twice, and readers differ on which counts. */
const doubled = /\blog\.\w+\(\s*\{(?:[^}]*,)?\s*(?:pid|time|level|msg)\s*[:,}]/

t.test('no log record gives a field that every record has', async t => {
  t.match("log.warn({ pid: orphan.pid }, 'left running')", doubled, 'the check can fail')
  const faulty = filesBelow(root, ['src']).filter(file => doubled.test(readFileSync(join(root, file), 'utf8')))
  t.same(faulty, [])
})
