import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load-config.ts'
import { readSettings } from '../../src/config/settings.ts'
import { faultsOf, fileWith, placesOf } from './refused-files.ts'

const withOrganizations = (organizations: string) => `${fileWith()}organizations: ${organizations}\n`

function organizationsOf(t: Test, organizations: string, env: NodeJS.ProcessEnv = {}) {
  const directory = t.testdir({ 'f.yaml': withOrganizations(organizations) })
  return loadConfig({ file: 'f.yaml', settings: readSettings({}), env, directory }).config.organizations
}

t.test('organizations keep their names and get the defaults of their kind', async t => {
  const env = { TRACKER_TOKEN: 'canary-tracker' }
  const one = `{ kind: yandex360, id: "7", token: "\${TRACKER_TOKEN}" }`
  t.same(organizationsOf(t, `{ main: ${one}, constructor: { kind: cloud, id: bpf, token: canary-iam } }`, env), [
    {
      name: 'main',
      kind: 'yandex360',
      id: '7',
      token: 'canary-tracker',
      scheme: 'OAuth',
      url: 'https://api.tracker.yandex.net',
      rate: { search: 4, other: 8 },
    },
    {
      name: 'constructor',
      kind: 'cloud',
      id: 'bpf',
      token: 'canary-iam',
      scheme: 'Bearer',
      url: 'https://api.tracker.yandex.net',
      rate: { search: 4, other: 8 },
    },
  ])
  const set =
    '{ kind: cloud, id: b, token: canary-1, scheme: OAuth, url: "http://127.0.0.1:8090/", rate: { other: 400 } }'
  t.match(organizationsOf(t, `{ test: ${set} }`), [
    { scheme: 'OAuth', url: 'http://127.0.0.1:8090', rate: { search: 4, other: 400 } },
  ])
  t.same(organizationsOf(t, '{}'), [])
})

t.test('a name of an organization has a form, and a wrong one is not repeated: it may be a token', async t => {
  const one = '{ kind: cloud, id: b, token: canary-1 }'
  for (const name of ['"canary-secret of two words"', 'имя', '__proto__', '"-a"', `n${'a'.repeat(32)}`])
    t.match(faultsOf(t, withOrganizations(`{ ${name}: ${one} }`)), [
      {
        field: 'organizations',
        rule: /^The name of an organization has 1 to 32 Latin letters/,
        hint: /^Write a name such as `main`/,
      },
    ])
})

t.test('faults of an organization name the field, the rule and the hint', async t => {
  const wrong = `
  main:
    kind: yandex
    id: 7
    tokn: canary-1
  other: { kind: cloud, id: b, token: "canary 2", scheme: Basic, url: x, rate: { search: 0, others: 1 } }
`
  t.same(placesOf(t, withOrganizations(wrong)), [
    '11:11 organizations.main.kind',
    '12:9 organizations.main.id',
    '13:5 organizations.main.tokn',
    '14:39 organizations.other.token',
    '14:59 organizations.other.scheme',
    '14:71 organizations.other.url',
    '14:90 organizations.other.rate.search',
    '14:93 organizations.other.rate.others',
  ])
  t.match(faultsOf(t, withOrganizations(wrong)), [
    { rule: 'Only `yandex360` or `cloud` is allowed here', hint: 'Write `yandex360` or `cloud`.' },
    { hint: 'Put it in quotes.' },
    { hint: 'Did you mean `token`?' },
    { rule: /^A token has Latin letters/, hint: 'Correct it here, or in the variable that it comes from.' },
    { hint: 'Write `OAuth` or `Bearer`.' },
    {},
    { rule: 'It is a whole number of requests per second, from 1 to 1000', hint: 'Write something like `4`.' },
    { hint: 'Did you mean `other`?' },
  ])
  t.match(faultsOf(t, withOrganizations('[main]')), [
    { rule: 'This is a list; a block of keys is needed', hint: /^Write a name such as `main`/ },
  ])
  t.match(faultsOf(t, withOrganizations('')), [{ hint: /Or remove the key, if it may be left out\.$/ }])
  t.match(faultsOf(t, withOrganizations(`{ main: { kind: cloud, id: b, token: "\${NOT_SET}" } }`)), [
    { field: 'organizations.main.token', rule: 'The environment variable NOT_SET is not set' },
  ])
})
