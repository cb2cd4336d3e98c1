import t from 'tap'
import { crm, registration, token } from './run-registration.ts'

t.test('no sheet is printed for an address that Tracker cannot reach, or only without https', async t => {
  const hosts = `
    localhost LOCALHOST. links links.local links.corp.internal links.test links.example links.invalid links.localhost
    links.home.arpa nas.lan 127.0.0.1 0x7f.1 2130706433 10.1.2.3 172.31.0.1 192.168.0.1 169.254.169.254 100.64.0.1
    198.18.0.1 192.0.2.1 224.0.0.1 255.255.255.255 0.0.0.0 [::1] [::] [fe80::1] [fd00::1] [ff02::1] [::ffff:8.8.8.8]
    [64:ff9b::808:808] [2002:7f00:1::] [2001:db8::1] [2001::1] [::7f00:1]`
  for (const host of hosts.trim().split(/\s+/)) {
    const { code, out, told } = await registration(t, ['--offline'], { publicUrl: `https://${host}:8443` })
    t.match({ code, out, told }, { code: 2, out: '', told: /publicUrl: .* so Tracker cannot reach it/ }, host)
  }
  const plain = await registration(t, ['--offline'], { publicUrl: 'http://links.example.com' })
  t.match(plain, { code: 2, out: '', told: /publicUrl: Without https/ })
  const dotted = await registration(t, ['--offline'], { publicUrl: 'https://links.example.com.' })
  t.match(dotted, { code: 2, out: '', told: /publicUrl: There are no certificates/ })
})

t.test('an address of the internet is taken; a bare IP address with a warning', async t => {
  for (const host of [
    'links.example.com',
    'links.example.com:8443',
    'ссылки.рф',
    'test.example.org',
    'local.example.net',
  ])
    t.match(await registration(t, ['--offline'], { publicUrl: `https://${host}` }), { code: 0, told: /^Send/ }, host)
  for (const host of ['8.8.8.8', '[2a02:6b8::1]', '172.32.0.1', '100.128.0.1']) {
    const { code, told } = await registration(t, ['--offline'], { publicUrl: `https://${host}` })
    t.match({ code, told }, { code: 0, told: /WARNING {2}publicUrl: .* registered as it is/ }, host)
  }
})

t.test('a token that can be guessed is refused, whichever of the list it is', async t => {
  const weak = [
    'canary-short-0f3b9c1d5e7a2b4',
    'canary-changeme-changeme-changeme-changeme',
    'canary-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'canary-0123456789abcdefghijklmnopqrstuvwxyz',
    'canary-12345678901234567890123456789012345678901234567890',
    'canary-x7Gq2!x7Gq2!x7Gq2!x7Gq2!x7Gq2!x7Gq2!x7Gq2!',
    'canary-test-token-test-token-test-token-secret',
  ]
  for (const [index, bad] of weak.entries()) {
    const application = { ...crm, authorization: { kind: 'token', tokens: [token('first'), bad] } }
    const { code, out, told } = await registration(t, ['--offline'], { applications: [application] })
    t.match({ code, out }, { code: 2, out: '' }, `weak token ${index}`)
    t.match(
      told,
      /^ {2}applications\[0\]\.authorization\.tokens\[1\]: .*at least 32 characters and 128 bits.*token new/m,
    )
  }
})

t.test('calls without a token, and tokens of users, are told as a risk', async t => {
  const none = await registration(t, ['--offline'], { applications: [{ ...crm, authorization: { kind: 'none' } }] })
  t.match(none, { code: 0, told: /WARNING {2}applications\[0\]\.authorization: With `none` anybody/ })
  t.notMatch(none.out, 'oauthToken')
  t.match(none.out, 'without authentication')

  const verifier = { kind: 'yandexId' }
  const authorization = { kind: 'user', verifier, allow: { logins: ['tracker-robot'] } }
  const user = await registration(t, ['--offline'], { applications: [{ ...crm, authorization }] })
  t.match(user, { code: 0, told: /WARNING .*Only the documents before 2025/ })
  t.match(user.out, 'the user on whose behalf')

  const asked = await registration(t, ['--with-token'], { applications: [{ ...crm, authorization }] })
  t.match(asked, { code: 2, out: '', told: 'ru.example.crm has no fixed token' })
})

t.test('every fault is told at once, beside the warnings', async t => {
  const application = {
    ...crm,
    frontUrl: 'http://crm.example.com/deals/{{remoteKey}}',
    defaultIconUrl: 'http://10.0.0.1/icon.svg',
    authorization: { kind: 'token', tokens: ['canary'] },
  }
  const { code, out, told } = await registration(t, ['--offline'], {
    publicUrl: 'http://localhost:8080',
    applications: [application],
  })
  t.equal(code, 2)
  t.equal(out, '')
  t.same(
    [...told.matchAll(/^(WARNING)? {2}([\w.[\]]+): /gm)].map(([, level, field]) => `${level ?? 'error'} ${field}`),
    [
      'WARNING applications[0].frontUrl',
      'WARNING applications[0].defaultIconUrl',
      'WARNING applications[0].defaultIconUrl',
      'error publicUrl',
      'error publicUrl',
      'error applications[0].authorization.tokens[0]',
    ],
    told,
  )
})

t.test('what the configuration refuses has no sheet', async t => {
  const wrong = {
    'applications[0].name': { name: 'Example CRM\n' },
    'applications[0].frontUrl': { frontUrl: 'https://crm.example.com/deals/{{remotekey}}' },
    'applications[0].endpoints.entityInfo': { endpoints: { entityInfo: '/crm/{remoteKey}' } },
    'applications[0].endpoints.removeLink': { endpoints: { removeLink: '/crm?key={{remoteKey}}' } },
  }
  for (const [field, fault] of Object.entries(wrong)) {
    const { code, out, told } = await registration(t, ['--offline'], { applications: [{ ...crm, ...fault }] })
    t.match({ code, out, told }, { code: 2, out: '', told: field })
  }
})

t.test('a template that runs its keys together is refused, with the keys that would get lost', async t => {
  const endpoints = { removeLink: '/crm/{{issueKey}}1{{remoteKey}}' }
  const { code, out, told } = await registration(t, ['--offline'], { applications: [{ ...crm, endpoints }] })
  t.match({ code, out }, { code: 2, out: '' })
  t.match(told, /applications\[0\]\.endpoints\.removeLink: Filled in, `group\/project.* cannot be told/)
})

t.test('keys that another application takes away are told', async t => {
  const one = { ...crm, endpoints: { entityInfo: '/{{remoteKey}}/info' } }
  const two = { ...crm, id: 'wiki', path: 'wiki', endpoints: { entityInfo: '/wiki/{{remoteKey}}' } }
  const { code, told } = await registration(t, ['ru.example.crm', '--offline'], { applications: [one, two] })
  t.match({ code, told }, { code: 0, told: /WARNING .*cannot be asked for/ })
})
