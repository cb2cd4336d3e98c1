import t from 'tap'
import { ConfigFaults, formatFaults } from '../../src/config/config-faults.ts'
import { faultsOf, fileWith, placesOf } from './refused-files.ts'

const user = (verifier: string, allow = '{ logins: [robot] }') =>
  fileWith({ authorization: `{ kind: user, verifier: ${verifier}, allow: ${allow} }` })

t.test('a file without a fault is taken', async t => {
  t.same(faultsOf(t, fileWith()), [])
  t.same(faultsOf(t, user('{ kind: yandexId }')), [])
})

t.test('all faults are told at once, in the order of the file', async t => {
  const file = `publicUrl: https://links.example.com/tracker
applications:
  - id: crm
    nane: Example CRM
    frontUrl: https://crm.example.com/deals
    defaultIconUrl: crm.example.com/icon.svg
    responsible:
    authorization: { kind: tokens }
    unknownObjects: acept
  - id: 123
`
  t.same(placesOf(t, file), [
    '1:12 publicUrl',
    '4:5 applications[0].nane',
    '5:15 applications[0].frontUrl',
    '6:21 applications[0].defaultIconUrl',
    '7:17 applications[0].responsible',
    '8:28 applications[0].authorization.kind',
    '9:21 applications[0].unknownObjects',
    '10:5 applications[1].name',
    '10:5 applications[1].frontUrl',
    '10:5 applications[1].responsible',
    '10:5 applications[1].authorization',
    '10:9 applications[1].id',
  ])
  t.equal(faultsOf(t, `${fileWith()}${'    wrong: 1\n'.replace('wrong', 'wrong1')}`).length, 1)
  const many = Array.from({ length: 200 }, (_, index) => `  - id: ${index}\n`).join('')
  t.equal(faultsOf(t, `publicUrl: https://links.example.com\napplications:\n${many}`).length, 1_000)
})

t.test('an unknown key suggests the nearest one, else lists those there are', async t => {
  t.match(faultsOf(t, fileWith({ respnsible: 'me' })), [
    { rule: 'There is no key `respnsible` here', hint: 'Did you mean `responsible`?' },
  ])
  t.match(faultsOf(t, fileWith({ owner: 'me' })), [
    { field: 'applications[0].owner', hint: /^Remove it, or use one of `id`, `path`, .* and `\w+`\.$/ },
  ])
  t.same(placesOf(t, fileWith().replace('responsible', 'respnsible')), ['7:5 applications[0].respnsible'])
})

t.test('a key that JavaScript knows is still not a key of the file', async t => {
  for (const key of ['__proto__', 'constructor', 'toString'])
    t.equal(faultsOf(t, fileWith({ [`"${key}"`]: '{ a: 1 }' })).length, 1, key)
})

t.test('a wrong type says what was met and what is needed', async t => {
  const rules = {
    '{ id: 123 }': 'This is a number; text is needed',
    '{ name: true }': 'This is true or false; text is needed',
    '{ name: [a] }': 'This is a list; text is needed',
    '{ name: ~ }': 'The value is missing; text is needed',
    '{ endpoints: /crm }': 'This is text; a block of keys is needed',
    '{ endpoints: ~ }': 'The value is missing; a block of keys is needed',
    '{ authorization: none }': 'This is text; a block of keys is needed',
  }
  for (const [changes, rule] of Object.entries(rules)) {
    const [, key = '', value = ''] = /\{ (\w+): (.*) \}/.exec(changes) ?? []
    t.match(faultsOf(t, fileWith({ [key]: value })), [{ field: `applications[0].${key}`, rule }], changes)
  }
  t.match(faultsOf(t, fileWith({ id: '123' })), [{ hint: 'Put it in quotes.' }])
  t.match(faultsOf(t, 'publicUrl: https://x\napplications:\n  crm: {}\n'), [
    { field: 'applications', rule: 'This is a block of keys; a list is needed' },
  ])
})

t.test('a file without anything in it is told as one', async t => {
  for (const file of ['', '\n  \n', '# nothing yet\n', '---\n', '\ufeff'])
    t.match(faultsOf(t, file), [{ field: 'the whole file', rule: 'The file is empty' }])
  t.match(faultsOf(t, '- a\n- b\n'), [{ rule: 'This is a list; a block of keys is needed' }])
  t.match(faultsOf(t, 'hello'), [{ rule: 'This is text; a block of keys is needed' }])
  t.match(faultsOf(t, 'publicUrl: https://x\napplications: []\n'), [{ rule: 'The list is empty' }])
})

t.test('authorization is judged by the kind that it names', async t => {
  t.match(faultsOf(t, fileWith({ authorization: '{}' })), [
    {
      field: 'applications[0].authorization.kind',
      rule: '`kind` is missing',
      hint: 'Add it with `none`, `token` or `user`.',
    },
  ])
  t.match(faultsOf(t, fileWith({ authorization: '{ kind: nobody }' })), [
    { rule: 'Only `none`, `token` or `user` is allowed here', hint: 'Write `none`, `token` or `user`.' },
  ])
  t.match(faultsOf(t, fileWith({ authorization: '{ kind: 1 }' })), [{ rule: /^Only `none`/ }])
  t.match(faultsOf(t, fileWith({ authorization: '{ kind: token }' })), [
    {
      field: 'applications[0].authorization.tokens',
      rule: '`tokens` is missing',
      hint: /tokens: \["\$\{CRM_TOKEN\}"\]/,
    },
  ])
  t.same(placesOf(t, fileWith({ authorization: '{ kind: none, tokens: [canary-1] }' })), [
    '8:34 applications[0].authorization.tokens',
  ])
  t.same(placesOf(t, user('{ kind: introspection, url: "id.example.com" }', '{ uids: [1130000000000001] }')), [
    '8:44 applications[0].authorization.verifier.clientId',
    '8:44 applications[0].authorization.verifier.clientSecret',
    '8:72 applications[0].authorization.verifier.url',
    '8:108 applications[0].authorization.allow.uids[0]',
  ])
  t.match(faultsOf(t, user('{ kind: yandexId }', '{}')), [
    { hint: 'Give at least one of `clientIds`, `logins` and `uids`.' },
  ])
})

t.test('a token is one word of ASCII, and stands once', async t => {
  const withTokens = (tokens: string) => faultsOf(t, fileWith({ authorization: `{ kind: token, tokens: ${tokens} }` }))
  for (const token of ['canary-a b', 'canary-a ', 'canary-ы', '', ' '])
    t.match(withTokens(JSON.stringify([token])), [
      { field: 'applications[0].authorization.tokens[0]', rule: /^A token has/ },
    ])
  t.match(withTokens('[canary-1, canary-2, canary-1]'), [
    { field: 'applications[0].authorization.tokens[2]', rule: 'The list has this value already, as item 1' },
  ])
  t.match(withTokens('canary-1'), [{ rule: 'This is text; a list is needed' }])
  t.match(withTokens('[]'), [{ rule: 'The list is empty' }])
  t.match(withTokens('[12345]'), [{ rule: 'This is a number; text is needed' }])
})

/** What clients, servers and proxies write themselves, whatever the caller says. */
const ofTheConnection =
  'Accept accept-encoding connection content-encoding content-length content-type date expect forwarded Host keep-alive ' +
  'proxy-authorization te trailer Transfer-Encoding upgrade via x-forwarded-for x-forwarded-host x-forwarded-proto'

t.test('a header must be able to carry a token', async t => {
  const withHeader = (header: string) =>
    faultsOf(t, fileWith({ authorization: `{ kind: token, tokens: [canary-1], header: "${header}" }` }))
  for (const header of [...ofTheConnection.split(' '), 'X Token', 'X:Token', '', 'Ключ'])
    t.match(withHeader(header), [{ rule: /^The name of the header has letters/ }], header)
  for (const header of ['authorization', 'X-Tracker-Token']) t.same(withHeader(header), [], header)
})

t.test('frontUrl holds the placeholder once, written exactly so', async t => {
  const page = 'https://crm.example.com'
  const wrong = [
    '/',
    '/{{remotekey}}',
    '/{{ remoteKey }}',
    '/{remoteKey}',
    '/{{{remoteKey}}}',
    '/{{remoteKey}}/{{issueKey}}',
  ]
  for (const rest of [...wrong, '/{{remoteKey}}/{{remoteKey}}', '.{{remoteKey}}/', '/a b/{{remoteKey}}'])
    t.match(faultsOf(t, fileWith({ frontUrl: `"${page}${rest}"` })), [{ field: 'applications[0].frontUrl' }], rest)
  for (const rest of ['/{{remoteKey}}', '?key={{remoteKey}}', '/#/deals/{{remoteKey}}/', ':8443/сделка/{{remoteKey}}'])
    t.same(faultsOf(t, fileWith({ frontUrl: `"${page}${rest}"` })), [], rest)
})

t.test('publicUrl is an origin; a path belongs in the endpoints', async t => {
  const withUrl = (url: string) => faultsOf(t, fileWith().replace('https://links.example.com', url))
  for (const url of [
    'https://x/links',
    'https://x?',
    'https://u:canary-1@x',
    'x',
    'ftp://x',
    'https://x:99999',
    '"https://x y"',
  ])
    t.match(withUrl(url), [{ field: 'publicUrl', hint: /put a path in `endpoints`/ }])
  for (const url of ['https://x/', 'http://127.0.0.1:8080', 'https://[::1]:8443', 'https://ссылки.example'])
    t.same(withUrl(url), [], url)
})

t.test('for a person each fault is a paragraph: place and field, what is wrong, what would be right', async t => {
  const faults = faultsOf(t, fileWith({ id: '123', owner: 'me' }))
  t.equal(
    formatFaults({ faults: [...faults.slice(0, 1), { field: 'PORT', rule: 'not a port', hint: 'Write 80' }] }),
    `f.yaml:3:9  applications[0].id
  This is a number; text is needed.
  Put it in quotes.

PORT
  Not a port.
  Write 80.`,
  )
  t.equal(new ConfigFaults(faults).message, formatFaults({ faults }))
})
