import t from 'tap'
import { crm, registration, runIn, token } from './registration/run-registration.ts'

t.test("the sheet has Tracker's fields in its order, with whole addresses", async t => {
  const { code, out, told } = await registration(t, ['--offline'])
  t.equal(code, 0, told)
  t.same(
    [...out.matchAll(/^([a-zA-Z]+) {2,}(.+)$/gm)].slice(0, 9).map(([, field, value]) => [field, value]),
    [
      ['id', 'ru.example.crm'],
      ['name', 'Example CRM'],
      ['defaultIconUrl', 'https://crm.example.com/icon.svg'],
      ['frontUrl', 'https://crm.example.com/deals/{{remoteKey}}'],
      ['responsible', 'crm-team@example.com'],
      ['oauthToken', '(left out of this sheet: run the command again with --with-token to print it)'],
      ['entityInfoUrl', 'https://links.example.com/crm/objects/{{remoteKey}}'],
      ['createLinkUrl', 'https://links.example.com/crm/links'],
      ['removeLinkUrl', 'https://links.example.com/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}'],
    ],
  )
  t.match(out, 'in the header `Authorization`: `OAuth <token>` or `Bearer <token>`')
  t.notMatch(told, 'WARNING')
  t.match(told, 'feedback form')
})

t.test('the sheet shows the addresses of five awkward keys', async t => {
  const { out } = await registration(t, ['--offline', '--json'])
  t.same(JSON.parse(out).filled.slice(0, 5), [
    filled('group/project/-/merge_requests/7', 'group%2Fproject%2F-%2Fmerge_requests%2F7'),
    filled('a b+c', 'a%20b%2Bc'),
    filled('100%', '100%25'),
    filled('Договор № 15', '%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80%20%E2%84%96%2015'),
    filled('x&y=z?#', 'x%26y%3Dz%3F%23'),
  ])
})

const filled = (remoteKey: string, encoded: string) => ({
  remoteKey,
  entityInfoUrl: `https://links.example.com/crm/objects/${encoded}`,
  removeLinkUrl: `https://links.example.com/crm/links?issueKey=TEST-123&remoteKey=${encoded}`,
})

t.test('the first token of the list is printed only if it is asked for', async t => {
  for (const form of ['text', 'markdown', 'json']) {
    const { code, out, told } = await registration(t, ['--offline', '--with-token', '--format', form])
    t.equal(code, 0)
    t.match(out, token('first'))
    t.notMatch(out, token('second'))
    t.match(told, 'It holds a secret')
    t.notMatch(told, /canary/)
  }
})

t.test('text, Markdown and JSON hold the same', async t => {
  const json = await registration(t, ['--offline', '--older-form', '--format', 'json'])
  const {
    registration: fields,
    tokenLeftOut,
    filled,
  } = JSON.parse(json.out) as {
    registration: Record<string, string | boolean>
    tokenLeftOut: boolean
    filled: { remoteKey: string; entityInfoUrl: string; removeLinkUrl: string }[]
  }
  t.equal(tokenLeftOut, true)
  t.match(fields, { canLinkFromFront: true })
  t.notOk('oauthToken' in fields)
  t.equal((await registration(t, ['--offline', '--older-form', '--json'])).out, json.out)
  const markdown = (await registration(t, ['--offline', '--older-form', '--format', 'markdown'])).out
  t.match(markdown, /may hold any characters[^\n]*:\n\n- `group/, 'the list of addresses is introduced')
  const plain = (await registration(t, ['--offline', '--older-form'])).out
  for (const [field, value] of Object.entries(fields)) {
    t.match(markdown, `| \`${field}\` | \`${value}\` |`)
    t.match(plain, new RegExp(`^${field} +${RegExp.escape(String(value))}$`, 'm'))
  }
  for (const { remoteKey, entityInfoUrl, removeLinkUrl } of filled)
    for (const sheet of [markdown, plain])
      for (const part of [remoteKey, entityInfoUrl, removeLinkUrl]) t.match(sheet, part)
})

t.test('a name with bars and backticks stays in its cell', async t => {
  const { out } = await registration(t, ['--offline', '--format', 'markdown'], {
    applications: [{ ...crm, name: 'CRM | `new`' }],
  })
  t.match(out, '| `name` | `` CRM \\| `new` `` |')
})

t.test('canLinkFromFront, of the documents before 2025, is left out otherwise', async t => {
  t.notMatch((await registration(t, ['--offline'])).out, 'canLinkFromFront')
})

t.test('the sheet is written in Russian, too', async t => {
  const { out } = await registration(t, ['--offline', '--language', 'ru'])
  t.match(out, 'Просим подключить внешнее приложение')
  t.match(out, /^oauthToken +\(не напечатан/m)
})

t.test("the templates of Tracker's own documents are taken", async t => {
  const endpoints = {
    entityInfo: '/{{remoteKey}}/info',
    createLink: '/links',
    removeLink: '/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}',
  }
  const { code, out, told } = await registration(t, ['--offline', '--json'], {
    applications: [{ ...crm, endpoints }],
  })
  t.equal(code, 0, told)
  t.match(JSON.parse(out).registration, {
    entityInfoUrl: 'https://links.example.com/{{remoteKey}}/info',
    createLinkUrl: 'https://links.example.com/links',
    removeLinkUrl: 'https://links.example.com/links/?action=del&ticket={{issueKey}}&obj={{remoteKey}}',
  })
})

t.test('an application is named, or the only one is taken', async t => {
  const other = { ...crm, id: 'wiki', path: 'wiki' }
  const both = { applications: [crm, other] }
  const named = await registration(t, ['wiki', '--offline', '--json'], both)
  t.equal(JSON.parse(named.out).registration.createLinkUrl, 'https://links.example.com/wiki/links')
  const unnamed = await registration(t, ['--offline'], both)
  t.match(unnamed, { code: 2, out: '', told: 'Say which application: ru.example.crm, wiki.' })
  const unknown = await registration(t, ['crm', '--offline'], both)
  t.match(unknown, { code: 2, out: '', told: 'There is no application crm' })
})

t.test('the built-in sample is not registered', async t => {
  const { code, out, told } = await runIn(t.testdir({}), ['registration', '--offline'])
  t.match({ code, out, told }, { code: 2, out: '', told: '`tracker-links init` writes a first file' })
})
