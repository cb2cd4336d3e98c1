import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigFaults } from '../../src/config/config-faults.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { checkSources } from '../../src/linked-objects/sources/check-sources.ts'
import { buildAddressBook } from '../../src/tracker-calls/addresses/address-book.ts'

const entry = `
    name: Example CRM
    frontUrl: https://crm.example.com/deals/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm-team@example.com
`
const fileWith = (id: string, authorization = '{ kind: none }') =>
  `publicUrl: https://links.example.com/\napplications:\n  - id: ${id}${entry}    authorization: ${authorization}\n`

/** Loads from a folder with the given files. */
function load(t: Test, files: Record<string, string>, more: { file?: string; env?: NodeJS.ProcessEnv } = {}) {
  const directory = t.testdir(files)
  const { env = {}, ...named } = more
  return { directory, ...loadConfig({ ...named, settings: readSettings(env), env, directory }) }
}

function refusal(work: () => unknown): ConfigFaults {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigFaults) return error
    throw error
  }
  throw new Error('The configuration was taken.')
}

t.test('--config goes before TRACKER_LINKS_CONFIG, and that before tracker-links.yaml', async t => {
  const files = {
    'option.yaml': fileWith('by-option'),
    'variable.yaml': fileWith('by-variable'),
    'tracker-links.yaml': fileWith('by-name'),
  }
  const env = { TRACKER_LINKS_CONFIG: 'variable.yaml' }
  const byOption = load(t, files, { file: 'option.yaml', env })
  t.equal(byOption.config.applications[0]?.id, 'by-option')
  t.equal(byOption.source, join(byOption.directory, 'option.yaml'))
  t.equal(load(t, files, { env }).config.applications[0]?.id, 'by-variable')
  t.equal(load(t, files).config.applications[0]?.id, 'by-name')
  t.equal(load(t, { 'tracker-links.yml': fileWith('by-other-name') }).config.applications[0]?.id, 'by-other-name')
})

t.test('without any file the sample application is served', async t => {
  const { config, source } = load(t, {})
  t.equal(source, undefined)
  t.equal(config.publicUrl, 'http://127.0.0.1:8080')
  t.match(config.applications, [{ id: 'demo', path: 'demo', authorization: { kind: 'none' } }])
})

t.test('the icons and pages of the sample are where the server listens', async t => {
  for (const [env, url] of [
    [{}, 'http://127.0.0.1:8080'],
    [{ PORT: '9191' }, 'http://127.0.0.1:9191'],
    [{ HOST: '0.0.0.0', PORT: '9191' }, 'http://127.0.0.1:9191'],
    [{ HOST: '::', PORT: '9191' }, 'http://[::1]:9191'],
    [{ HOST: 'links.local', PORT: '80' }, 'http://links.local'],
  ] as const)
    t.match(load(t, {}, { env }).config, {
      publicUrl: url,
      applications: [
        { defaultIconUrl: `${url}/demo/icons/unknown.svg`, frontUrl: `${url}/demo/objects/{{remoteKey}}` },
      ],
    })
})

t.test('the sample application would pass as a file', async t => {
  const { config } = load(t, {})
  const { endpoints: _, ...demo } = config.applications[0] as (typeof config.applications)[number]
  const file = JSON.stringify({ publicUrl: config.publicUrl, applications: [demo] })
  t.same(load(t, { 'sample.json': file }, { file: 'sample.json' }).config, config)
})

t.test('what is left out has its default', async t => {
  const { config } = load(t, { 'tracker-links.yaml': fileWith('ru.example.crm') })
  t.same(config, {
    publicUrl: 'https://links.example.com',
    applications: [
      {
        id: 'ru.example.crm',
        path: 'ru.example.crm',
        name: 'Example CRM',
        frontUrl: 'https://crm.example.com/deals/{{remoteKey}}',
        defaultIconUrl: 'https://crm.example.com/icon.svg',
        responsible: 'crm-team@example.com',
        endpoints: {
          entityInfo: '/ru.example.crm/objects/{{remoteKey}}',
          createLink: '/ru.example.crm/links',
          removeLink: [
            '/ru.example.crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}',
            '/ru.example.crm/links/{{issueKey}}/{{remoteKey}}',
            '/ru.example.crm/links/{{remoteKey}}/{{issueKey}}',
          ],
        },
        authorization: { kind: 'none' },
        objects: { source: 'store' },
        cards: { budgetMilliseconds: 800, maxAgeSeconds: 60, staleWhileRevalidateSeconds: 300, unknownSeconds: 30 },
        unknownObjects: 'accept',
        organization: undefined,
        mirror: false,
      },
    ],
    organizations: [],
    retention: { idempotentAnswerHours: 24, reconciliationDays: 30, callDays: 14, callRecords: 20_000 },
    sandbox: { tokens: [], organizationRequired: undefined, applications: {} },
  })
})

t.test('files of an application belong to the folder of the configuration', async t => {
  const objects = 'objects: { source: module, file: crm.ts, people: { file: ../people.csv } }'
  const { config, source } = load(t, { 'tracker-links.yaml': `${fileWith('crm')}    ${objects}\n` })
  const folder = dirname(source as string)
  t.match(config.applications[0]?.objects, {
    file: join(folder, 'crm.ts'),
    people: { file: join(folder, '../people.csv') },
  })
})

t.test('a removal template that is set stands alone, and the path goes into the other defaults', async t => {
  const removeLink = '/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}'
  const file = `${fileWith('ru.example.crm')}    path: crm\n    endpoints: { removeLink: "${removeLink}" }\n`
  t.same(load(t, { 'tracker-links.yaml': file }).config.applications[0]?.endpoints, {
    entityInfo: '/crm/objects/{{remoteKey}}',
    createLink: '/crm/links',
    removeLink: [removeLink],
  })
})

t.test('authorization gets its header, its schemes and the address of its verifier', async t => {
  const carried = { header: 'Authorization', schemes: ['OAuth', 'Bearer'] }
  const filled = (authorization: string) =>
    load(t, { 'tracker-links.yaml': fileWith('crm', authorization) }).config.applications[0]?.authorization
  t.same(filled('{ kind: token, tokens: [canary-1] }'), { kind: 'token', tokens: ['canary-1'], ...carried })
  const user = (verifier: string) => filled(`{ kind: user, verifier: ${verifier}, allow: { logins: [robot] } }`)
  t.match(user('{ kind: yandexId }'), { ...carried, verifier: { url: 'https://login.yandex.ru/info' } })
  t.match(user('{ kind: trackerMyself, organization: { kind: cloud, id: b1 } }'), {
    verifier: { url: 'https://api.tracker.yandex.net', organization: { kind: 'cloud', id: 'b1' } },
  })
  t.match(user('{ kind: yandexId, url: "http://127.0.0.1:1/info" }'), { verifier: { url: 'http://127.0.0.1:1/info' } })
  t.match(filled('{ kind: token, tokens: [canary-1], header: X-Token, schemes: [bare] }'), {
    header: 'X-Token',
    schemes: ['bare'],
  })
})

t.test('a file that cannot be read is told by who named it', async t => {
  const directory = t.testdir({ folder: {}, 'large.yaml': '# x\n'.repeat(300_000) })
  const fault = (file: string) =>
    refusal(() => loadConfig({ file, settings: readSettings({}), env: {}, directory })).faults
  t.match(fault('absent.yaml'), [{ field: '--config', rule: 'The file absent.yaml does not exist' }])
  t.match(fault('folder'), [{ rule: 'The file folder is a folder' }])
  t.match(fault('large.yaml'), [{ rule: 'The file large.yaml is larger than 1 MiB' }])
  t.match(fault('/dev/zero'), [{ rule: /is larger than 1 MiB/ }], 'a device without end')
  const settings = readSettings({ TRACKER_LINKS_CONFIG: 'absent.yaml' })
  t.match(refusal(() => loadConfig({ settings, env: {}, directory })).faults, [{ field: 'TRACKER_LINKS_CONFIG' }])
})

t.test('an unreadable place of the file is told with line and column', async t => {
  const directory = t.testdir({})
  const cyrillic = Buffer.from([0xcf, 0xf0, 0xe8])
  const encodings = {
    'Windows-1251': [Buffer.concat([Buffer.from('publicUrl: https://x\n# '), cyrillic]), '2:3'],
    'UTF-16': [Buffer.from('\ufeffpublicUrl: https://x\n', 'utf16le'), '1:1'],
    'UTF-16 without a mark': [Buffer.from('publicUrl: https://x\n', 'utf16le'), '1:2'],
  } as const
  for (const [name, [bytes, place]] of Object.entries(encodings)) {
    writeFileSync(join(directory, 'file.yaml'), bytes)
    const { faults } = refusal(() => loadConfig({ file: 'file.yaml', settings: readSettings({}), env: {}, directory }))
    t.match(faults, [{ place: `file.yaml:${place}`, rule: /not in UTF-8/, hint: 'Save it as UTF-8.' }], name)
  }
})

t.test(
  'rules from above see what has no fault yet of each application, and their faults come with the place in the file',
  async t => {
    const file = `${fileWith('first')}    nonsense: 1
  - id: second${entry}    authorization: { kind: none }
    endpoints: { createLink: /second }
`
    const directory = t.testdir({ 'tracker-links.yaml': file })
    const { faults } = refusal(() =>
      loadConfig({
        settings: readSettings({}),
        env: {},
        directory,
        checks: [
          applications =>
            applications.map(({ id }, index) => ({
              field: `applications/${index}/endpoints/createLink`,
              rule: `not this, ${id}`,
              hint: 'Write another.',
            })),
          () => [{ field: 'applications/0/endpoints/entityInfo', rule: 'nor that', hint: 'Write another.' }],
        ],
      }),
    )
    t.same(
      faults.map(({ place, field, rule }) => [place, field, rule]),
      [
        ['tracker-links.yaml:3:5', 'applications[0].endpoints.createLink', 'not this, first'],
        ['tracker-links.yaml:3:5', 'applications[0].endpoints.entityInfo', 'nor that'],
        ['tracker-links.yaml:9:5', 'applications[0].nonsense', 'There is no key `nonsense` here'],
        ['tracker-links.yaml:16:30', 'applications[1].endpoints.createLink', 'not this, second'],
      ],
    )
  },
)

t.test('faults that different checks find are told in one pass', async t => {
  const file = `publicUrl: ftp://links.example.com
applications:
  - id: crm
    name: 7
    frontUrl: https://crm.example.com/deals
    responsible: crm@example.com
    authorization: { kind: token, tokens: ["\${NOT_SET}"] }
    endpoints:
      entityInfo: crm/{{remoteKey}}
      createLink: /crm/{{remoteKey}}
      removeLink: /crm/links
    objects: { source: module, file: nothing.js }
  - id: crm
    name: Other
    frontUrl: https://other.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: none }
    endpoints: { removeLink: '/other/{{issueKey}}' }
  - 17
`
  const directory = t.testdir({ 'tracker-links.yaml': file })
  const { faults } = refusal(() =>
    loadConfig({
      settings: readSettings({}),
      env: {},
      directory,
      checks: [applications => buildAddressBook(applications).faults, checkSources],
    }),
  )
  t.same(
    faults.map(({ field }) => field),
    [
      'publicUrl',
      'applications[0].name',
      'applications[0].frontUrl',
      'applications[0].authorization.tokens[0]',
      'applications[0].endpoints.entityInfo',
      'applications[0].endpoints.createLink',
      // It lacks both placeholders.
      'applications[0].endpoints.removeLink',
      'applications[0].endpoints.removeLink',
      'applications[0].objects.file',
      'applications[1].id',
      'applications[1].endpoints.removeLink',
      'applications[2]',
    ],
  )
})
