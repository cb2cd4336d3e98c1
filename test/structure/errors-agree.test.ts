import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { catalogue } from '../../src/errors/catalogue.ts'
import { reasonCodes } from '../../src/storage/database/connection/database-reason.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8')
const sections = page
  .split(/^## /m)
  .slice(1)
  .map(section => {
    const [code, , headline = '', ...rest] = section.split('\n')
    const [, status, title] = /^\*\*(\d+)\*\* · (.+)$/.exec(headline) ?? []
    return { code, status: Number(status), title, text: rest.join('\n') }
  })

t.test('the page and the catalogue list the same errors, in one order', async t => {
  t.same(
    sections.map(({ code, status, title }) => ({ code, status, title })),
    Object.entries(catalogue).map(([code, { status, title }]) => ({ code, status, title })),
  )
})

t.test('every error says when it happens, what to look at and what to do', async t => {
  for (const { code, text } of sections)
    t.same(
      [...text.matchAll(/^- \*\*(.+)\*\*: \S/gm)].map(([, part]) => part),
      ['When', 'Look at', 'Do'],
      `${code}`,
    )
})

t.test('docs/deploy.md names every reason for which a server is not ready, and no other', async t => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8')
  const table = page.slice(page.indexOf('| `code` |'), page.indexOf('**Stopping.**'))
  const named = [...table.matchAll(/`([a-z]+(?:-[a-z]+)+|stopping)`/g)].map(([, code]) => code)
  const others = ['server-not-running', 'tracker-links']
  t.same(new Set(named.filter(code => !others.includes(String(code)))), new Set(reasonCodes))
})
