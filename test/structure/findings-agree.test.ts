import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findings } from '../../src/checks/doctor/catalogue.ts'

t.test('docs/findings.md explains every finding of the doctor, and no other', async t => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/findings.md'), 'utf8')
  const sections = page.split(/^### /m).slice(1)
  const explained = sections.map(section => {
    const [code, , summary, , ...texts] = section.split('\n')
    return { code, summary, texts: texts.filter(line => line !== '' && !line.startsWith('## ')).length }
  })
  t.same(
    explained.map(({ code, summary }) => [code, summary]),
    Object.entries(findings).map(([code, { title, severity, groups, state }]) => [
      code,
      `**${title}** · ${severity} · ${groups.join(', ')} · state \`${state}\``,
    ]),
  )
  t.same(
    explained.filter(({ texts }) => texts < 2),
    [],
    'each says what it means and what to do',
  )
})
