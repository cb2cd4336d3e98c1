import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { generateConfigDocs } from '../../scripts/generate-config-docs.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { configSchema } from '../../src/config/schema.ts'
import { readSettings, settingsSchema } from '../../src/config/settings.ts'

const root = join(import.meta.dirname, '../..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const stale = 'run: node scripts/generate-config-docs.ts, then npm run format:write'

const page = read('docs/configuration.md')
const example = /```yaml\n(publicUrl[\s\S]*?)```/.exec(page)?.[1] ?? ''
const editorSchema = JSON.parse(read('tracker-links.schema.json'))
const env = { CRM_TOKEN: 'canary-crm', CRM_TOKEN_NEXT: 'canary-crm-next', TRACKER_TOKEN: 'canary-tracker' }

t.test('the page and the schema for editors are up to date', async t => {
  const made = generateConfigDocs()
  t.equal(page, made['docs/configuration.md'], stale)
  // Compared as values: the formatter decides on the line breaks.
  t.same(editorSchema, JSON.parse(made['tracker-links.schema.json'] ?? ''), stale)
})

t.test('each table of keys stands once, and every link to one leads to it', async t => {
  const headings = [...page.matchAll(/^### (.*)$/gm)].map(([, text = '']) => text)
  t.equal(new Set(headings).size, headings.length)
  const anchors = headings.map(text =>
    text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor]) => anchor)
  t.ok(links.length > 20)
  t.same(
    links.filter(anchor => !anchors.includes(anchor ?? '')),
    [],
  )
})

t.test('both schemas are JSON Schema', async t => {
  const ajv = new Ajv({ strict: false, logger: false })
  for (const schema of [configSchema, settingsSchema])
    t.equal(ajv.validateSchema(schema), true, JSON.stringify(ajv.errors))
  t.equal(ajv.validateSchema({ ...settingsSchema, required: 'HOST' }), false, 'and the check can fail')
})

t.test('the example of the page is accepted unchanged', async t => {
  const directory = t.testdir({ 'tracker-links.yaml': example })
  const { config } = loadConfig({ settings: readSettings({}), env, directory })
  t.match(config, {
    publicUrl: 'https://links.example.com',
    applications: [
      {
        id: 'ru.example.crm',
        path: 'crm',
        authorization: { tokens: ['canary-crm', 'canary-crm-next'] },
        unknownObjects: 'reject',
      },
      { id: 'ru.example.tests', path: 'ru.example.tests', authorization: { kind: 'user' } },
    ],
    organizations: [{ name: 'main', kind: 'yandex360', token: 'canary-tracker' }],
  })
})

t.test('an editor with the schema accepts the example too, with its variables, and sees what is wrong', async t => {
  // Editors ignore unknown keywords; Ajv has to be told of them.
  const check = new Ajv({ allErrors: true, strict: true, keywords: ['patternErrorMessage'] }).compile(editorSchema)
  const file = parse(example)
  t.ok(check(file), JSON.stringify(check.errors))
  t.ok(check({ ...file, publicUrl: `https://\${HOST_NAME}` }))
  for (const wrong of [{ publicUrl: 'x' }, { publicURL: 'https://x' }, { applications: [] }, { applications: [{}] }])
    t.notOk(check({ ...file, ...wrong }), JSON.stringify(wrong))
})

t.test('every key of the schema has a description', async t => {
  const bare: string[] = []
  const visit = (schema: Record<string, unknown>, at: string) => {
    for (const [name, inside] of Object.entries(
      (schema.properties ?? {}) as Record<string, { description?: string }>,
    )) {
      if (!inside.description) bare.push(`${at}.${name}`)
      visit(inside, `${at}.${name}`)
    }
    for (const inside of Object.values((schema.patternProperties ?? {}) as Record<string, Record<string, unknown>>))
      visit(inside, `${at}.NAME`)
    if (schema.items) visit(schema.items as Record<string, unknown>, `${at}[]`)
    for (const branch of (schema.oneOf ?? []) as Record<string, unknown>[]) visit(branch, at)
  }
  visit(editorSchema, '')
  t.same(bare, [])
})
