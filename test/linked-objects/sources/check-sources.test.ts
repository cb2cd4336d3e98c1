import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { ConfigFaults } from '../../../src/config/config-faults.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { readSettings } from '../../../src/config/settings.ts'
import { checkSources } from '../../../src/linked-objects/sources/check-sources.ts'

const head = `publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: user1@example.com
    authorization: { kind: none }
    objects:
`
const http = 'source: http\nurl: https://crm.example.com/{{remoteKey}}\nmapping: { summary: title }'

const sql =
  'source: sql\ndatabaseUrl: postgresql://127.0.0.1/crm\nmapping: { summary: title }\nquery: >-\n  SELECT title FROM deals WHERE id ='

/** The faults of `objects`, written without its indentation. */
function faultsOf(directory: string, objects: string) {
  const text = head + objects.trim().replace(/^/gm, '      ')
  writeFileSync(join(directory, 'tracker-links.yaml'), text)
  try {
    loadConfig({ settings: readSettings({}), env: {}, directory, checks: [checkSources] })
    return []
  } catch (error) {
    const { faults } = error as ConfigFaults
    return faults.map(({ field, rule, hint, place }) => ({
      field: field.replace('applications[0].objects', 'objects'),
      told: `${rule}. ${hint}`,
      place,
    }))
  }
}

t.test('headers that belong to the connection are not set by a source', async t => {
  const names = ['Accept-Encoding', 'Connection', 'content-length', 'Expect', 'keep-alive', 'TE', 'Trailer']
  for (const name of [...names, 'Transfer-Encoding', 'UPGRADE'])
    t.match(faultsOf(t.testdir(), `${http}\nheaders: { ${name}: x }`), [{ field: `objects.headers.${name}` }], name)
  t.same(faultsOf(t.testdir(), `${http}\nheaders: { Accept: x, X-Host: y }`), [])
})

t.test('faults of a source that no schema can find are reported with their place', async t => {
  const directory = t.testdir({ 'people.csv': 'applicationLogin,login\njdoe\n', 'crm.ts': '' })
  for (const [objects, field, told] of [
    [
      'source: http\nurl: https://crm.example.com/{{remoteKey}}\nmapping: {}',
      'objects.mapping',
      /needs a summary.*`use`/,
    ],
    [
      http.replace('title', '"a.("'),
      'objects.mapping.summary',
      /not a JSONata expression: Expected "\)" .* at character 3/,
    ],
    [`${http}\nkeyPattern: "(["`, 'objects.keyPattern', /not a regular expression/],
    [
      `${http}\nkeyPattern: "(a+)+!"`,
      'objects.keyPattern',
      /takes too long on some keys.*repetition inside a repetition/,
    ],
    [http.replace('remoteKey', 'iid'), 'objects.url', /Nothing fills the placeholder `{{iid}}`.*`{{remoteKey}}`/],
    [`${http.replace('remoteKey', 'id')}\nkeyPattern: "(?<iid>[0-9]+)"`, 'objects.url', /`{{id}}`.*`{{iid}}`/],
    [http.replace('{{remoteKey}}', 'deals'), 'objects.url', /the same for every object/],
    [http.replace('{{remoteKey}}', 'a/../{{remoteKey}}'), 'objects.url', /A segment of the path is `\.` or `\.\.`/],
    [`${http}\nbody: "{}"`, 'objects.body', /A GET has no body/],
    [`${http}\nmethod: POST\nbody: '{"a": {{remoteKey}}}'`, 'objects.body', /not JSON.*inside a string/],
    [`${http}\nmethod: POST\nbody: '{"a": "{{id}}"}'`, 'objects.body', /`{{id}}`/],
    [`${http}\nheaders: { Host: x }`, 'objects.headers.Host', /belongs to the connection/],
    [
      http.replace('https://crm.example.com', 'http://127.1'),
      'objects.url',
      /not on the internet \(loopback\).*privateHosts: \["127.0.0.1"\]/,
    ],
    [http.replace('https://crm.example.com', 'http://localhost:8080'), 'objects.url', /privateHosts: \["localhost"\]/],
    [
      `${http.replace('https://crm.example.com', 'http://169.254.169.254')}\nprivateHosts: [169.254.169.254]`,
      'objects.url',
      /\(linkLocal\)\. Use an address/,
    ],
    [
      'source: sql\ndatabaseUrl: postgresql://127.0.0.1/crm\nquery: SELECT 1 AS title\nmapping: { summary: title }',
      'objects.query',
      /does not use the key.*`{{remoteKey}}` or `\$1`/,
    ],
    [`${sql} {{id}}`, 'objects.query', /Nothing fills the placeholder `{{id}}`.*`{{remoteKey}}`/],
    [`${sql} {{id}}\nkeyPattern: "(["`, 'objects.keyPattern', /not a regular expression/],
    [`${sql} '{{remoteKey}}' AND code = $1`, 'objects.query', /stands in quotes.*without quotes/],
    [`${sql} $1 AND part = $2`, 'objects.query', /Only `\$1`, the key, has a value/],
    [`${sql} 'costs $1' -- {{remoteKey}}`, 'objects.query', /does not use the key/],
    ['source: module\nfile: none.ts', 'objects.file', /no such file/],
    ['source: store\npeople: { file: none.csv }', 'objects.people.file', /cannot be read \(ENOENT\)/],
    ['source: store\npeople: { file: people.csv }', 'objects.people.file', /line 2 has 1 cells/],
  ] as const) {
    const faults = faultsOf(directory, objects)
    t.match(faults, [{ field, told, place: /^tracker-links\.yaml:\d+:\d+$/ }], objects)
    t.equal(faults.length, 1, objects)
  }
})

t.test('a source that is right has no fault', async t => {
  const directory = t.testdir({ 'people.csv': 'applicationLogin;trackerUid\njdoe;5\n', 'crm.ts': '' })
  for (const objects of [
    http,
    `${http}\nkeyPattern: "(?<a>[^/]+(?:/[^/]+)*)!(?<b>[0-9]+)"\npeople: { file: people.csv }`,
    `${http.replace('https://crm.example.com', 'http://10.0.0.1')}\nprivateHosts: [10.0.0.1]`,
    `${http}\nmethod: POST\nbody: '{"a": ["{{remoteKey}}"]}'`,
    'source: http\nurl: https://crm.example.com/graphql?\nmethod: POST\nbody: \'{"q": "{{remoteKey}}"}\'\nmapping: { use: gitlab-issue }',
    'source: module\nfile: crm.ts',
    'source: sql\ndatabaseUrl: postgresql://127.0.0.1/crm\nquery: SELECT title FROM deals WHERE id::text = $1\nmapping: { summary: title }',
    `${sql} {{id}} AND kind = 'a ''{{x}}'' $2' AND "$3" = {{remoteKey}} /* {{id}} */\nkeyPattern: "D-(?<id>[0-9]+)"`,
  ])
    t.same(faultsOf(directory, objects), [], objects)
})
