import { parseEnv } from 'node:util'
import { assert, constantFrom, pre, property, string } from 'fast-check'
import t from 'tap'
import { configOfText } from '../../../src/config/load-config.ts'
import type { ObjectSourceConfig } from '../../../src/config/schema.ts'
import { readyMadeMappings } from '../../../src/config/schemas/card-making-schema.ts'
import { dotenvText } from '../../../src/config/starter/dotenv-text.ts'
import { exampleSystems, objectsOf, readExample } from '../../../src/config/starter/example.ts'
import {
  frontUrlOf,
  literal,
  textFromExample,
  textOfObjects,
  wholeFile,
} from '../../../src/config/starter/starter-text.ts'
import { checkSources } from '../../../src/linked-objects/sources/check-sources.ts'

const token = 'canary-starter-0123456789abcdef'
const words = {
  publicUrl: 'https://links.example.org',
  id: 'org.example.one',
  path: 'one',
  name: 'One',
  frontUrl: 'https://one.example.org/{{remoteKey}}',
  responsible: 'team@example.org',
  tokenVariable: 'ONE_TOKEN',
}

/** The one application of a file, as a server would read it. */
function applicationOf(contents: string, env: NodeJS.ProcessEnv = {}) {
  const text = wholeFile(contents, { schema: './tracker-links.schema.json', command: 'tracker-links init' })
  const from = { name: 'tracker-links.yaml', env: { ONE_TOKEN: token, ...env }, folder: '/', checks: [checkSources] }
  const [application, ...more] = configOfText(text, from).applications
  if (!application || more.length > 0) throw new Error('the file has one application')
  return application
}

/** A value, and another one behind it. */
const entry = (value: string) => [
  { name: 'A', value, comment: 'The value.' },
  { name: 'B', value: 'b', comment: 'What follows it.' },
]

t.test('Node reads back every value that is written to .env', async t => {
  const hostile = [
    '',
    ' ',
    '#',
    'a #b',
    "it's",
    'say "no"',
    '"quoted"',
    "'quoted'",
    '`quoted`',
    '$HOME',
    `\${HOME}`,
    '\\n',
    'a\\nb',
    '\\',
    'a=b',
    ' spaces ',
    'export X=1',
    'tab\there',
    'пароль',
    `both ' and " and $`,
    "\\n'`",
  ]
  for (const value of hostile) t.same(parseEnv(dotenvText('Head', entry(value)) ?? ''), { A: value, B: 'b' }, value)
  assert(
    property(string({ unit: constantFrom(...Array.from('aZ0\'"`$\\#= {}n\t\n\r;й')) }), value => {
      const text = dotenvText('Head\nin two lines', entry(value))
      // Between double quotes a written `\n` would become the end of a line.
      if (text === undefined) return /\r|^(?=.*')(?=.*`)(?=.*(?:"|\\n))/s.test(value)
      const read = parseEnv(text)
      return read.A === value && read.B === 'b' && Object.keys(read).length === 2
    }),
    { examples: [["`\\n'"]] },
  )
})

t.test('each example becomes a file of the owner: the same question and mapping, for the own system', async t => {
  t.same(
    exampleSystems.flatMap(system => objectsOf(system).map(objects => `${system}-${objects}`)),
    [...readyMadeMappings],
  )
  for (const name of readyMadeMappings) {
    const example = readExample(name)
    const system = { address: 'https://own.example.org/below', replaced: {}, privateHosts: ['own.example.org'] }
    const contents = textFromExample(example, { ...words, frontUrl: frontUrlOf(example, system) }, system)
    const application = applicationOf(contents, { [example.variable]: 'canary-upstream' })
    const objects = application.objects as Extract<ObjectSourceConfig, { source: 'http' }>
    t.match(application, { id: 'org.example.one', path: 'one', name: 'One', responsible: 'team@example.org' }, name)
    t.match(application.authorization, { kind: 'token', tokens: [token] })
    t.equal(objects.mapping.use, name)
    t.same(objects.privateHosts, ['own.example.org'])
    t.equal(objects.people, undefined, 'nobody of the example')
    t.ok(objects.url.startsWith('https://own.example.org/below/'), objects.url)
    t.ok(application.frontUrl.startsWith('https://own.example.org/below/'), application.frontUrl)
    t.match(Object.values(objects.headers ?? {}).join(), 'canary-upstream')
    t.notMatch(contents, /example\.com|user1|canary/, 'what is the example’s own is gone')
    t.ok(example.keyNote !== '' && example.tokenNote !== '', 'its README says what a key and the token are')
  }
})

t.test('the API of github.com has a host of its own, that of any other GitHub does not', async t => {
  const example = readExample('github-issue')
  const urlFor = (address: string) => {
    const text = textFromExample(example, words, { address, replaced: {}, privateHosts: [] })
    return (applicationOf(text, { GITHUB_TOKEN: 'canary-github' }).objects as { url: string }).url
  }
  const path = '/repos/{{owner}}/{{repository}}/issues/{{number}}'
  t.equal(urlFor('https://github.com'), `https://api.github.com${path}`)
  t.equal(urlFor('https://github.example.org'), `https://github.example.org/api/v3${path}`)
})

t.test('whatever the owner writes is read back as it is', async t => {
  assert(
    property(string({ unit: constantFrom(...Array.from('aZ0\'"`$\\#=: {}[]&*!|>%@-?,й')) }), text => {
      pre(/\S/.test(text))
      const contents = textOfObjects({ source: 'store' }, { ...words, name: text, responsible: `${text}.` })
      const { name, responsible } = applicationOf(contents)
      return name === text && responsible === `${text}.`
    }),
  )
  const mapping = { summary: literal(`"\${x} $\${y}" & title`) }
  const sql = { source: 'sql', databaseUrl: `\${ONE_DATABASE_URL}`, query: 'SELECT 1 WHERE $1 = $1', mapping } as const
  const { objects } = applicationOf(textOfObjects(sql, words), { ONE_DATABASE_URL: 'postgresql://u:p@h/d' })
  t.match(objects, { databaseUrl: 'postgresql://u:p@h/d', mapping: { summary: `"\${x} $\${y}" & title` } })
})
