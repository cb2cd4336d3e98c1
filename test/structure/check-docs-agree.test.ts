import { readFileSync } from 'node:fs'
import t from 'tap'
import { generateCheckDocs } from '../../scripts/generate-check-docs.ts'
import { allChecks } from '../../src/checks/kit/all-checks.ts'

t.test('docs/checks.md is what the checks make', async t => {
  const page = readFileSync(new URL('../../docs/checks.md', import.meta.url), 'utf8')
  t.equal(page, generateCheckDocs(allChecks), 'run: node scripts/generate-check-docs.ts')
})
