// The sandbox's page in a real browser, before a real link server: what is seen, and what is stored right after.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withSettings } from '../../src/sandbox/call-desk/desk-settings.ts'
import { completeFaults } from '../../src/sandbox/call-desk/faults.ts'
import { buildSandbox } from '../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../src/sandbox/world/world.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { startBrowser } from '../support/start-browser.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const hostile = '"><img src=x onerror=document.title=1><script>document.title=1</script>'

const server = await testApp(t, {
  authorization: { kind: 'token', tokens: ['canary-page'], header: 'Authorization', schemes: ['OAuth'] },
  frontUrl: 'https://crm.example.com/deals/{{remoteKey}}',
})
await server.objects.put('crm', [
  {
    key: '1' as RemoteKey,
    summary: 'Deploy the service',
    status: { name: 'Closed' },
    resolution: { name: 'Fixed' },
    assignee: { login: 'user1' },
    deadline: new Date('2024-06-01T00:00:00Z'),
  },
  { key: '2' as RemoteKey, summary: 'Renew it', status: { name: 'Open' }, deadline: new Date('2024-06-01T00:00:00Z') },
  { key: 'a/b?c=d&e#f' as RemoteKey, summary: hostile, iconUrl: 'javascript:document.title=1' },
])
const linkServer = await server.app.listen({ host: '127.0.0.1', port: 0 })

const world = createWorld({
  applications: [
    {
      id: 'crm',
      name: 'CRM',
      defaultIconUrl: 'https://crm.example.com/icon.svg',
      frontUrl: 'https://crm.example.com/deals/{{remoteKey}}',
      responsible: 'crm@example.com',
      oauthToken: 'canary-page',
      entityInfoUrl: `${linkServer}/crm/objects/{{remoteKey}}`,
      createLinkUrl: `${linkServer}/crm/links`,
      removeLinkUrl: `${linkServer}/crm/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
    },
  ],
})
const { app, desk } = await buildSandbox({
  world,
  holdBack: 60_000,
  nearAddress: url => url.replace('https://links.example.com/', `${linkServer}/`),
})
t.teardown(() => app.close())
const address = await app.listen({ host: '127.0.0.1', port: 0 })

const browser = await startBrowser(t)
const context = await browser.newContext({
  viewport: { width: 1280, height: 900 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
})
const page = await context.newPage()
page.setDefaultTimeout(20_000)
const complaints: string[] = []
page.on('pageerror', error => complaints.push(error.message))
page.on('console', message => {
  if (/content security policy/i.test(message.text())) complaints.push(message.text())
})

/** What the link server has stored, as `issue object`. */
const stored = async () =>
  (await server.links.list('crm', {}, { limit: 100 })).map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`)

const groundColour = 'getComputedStyle(document.body).backgroundColor'
const focused = `[document.activeElement.tagName, document.activeElement.name, document.activeElement.value].join(' ')`
const loadedIcon = `[...document.querySelectorAll('.icon img')].some(icon => icon.complete && icon.naturalWidth > 0)`
/** Controls that have no name for a screen reader. */
const namelessControls = `
  [...document.querySelectorAll('a, button, input:not([type=hidden]), select')]
    .filter(element => {
      const named = (element.getAttribute('aria-labelledby') ?? '').split(' ').map(id => document.getElementById(id))
      const texts = [element.matches('select') ? null : element, ...(element.labels ?? []), ...named]
      return !element.getAttribute('aria-label') && !texts.some(one => one?.textContent.trim())
    })
    .map(element => element.outerHTML)`

const notice = (text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor()
const row = (key: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('article').filter({ hasText: key }) })
const log = () => page.getByRole('region', { name: 'Calls about links of this issue' })

async function add(key: string): Promise<void> {
  await page.getByLabel('Key of an object').fill(key)
  await page.getByRole('button', { name: 'Add link' }).click()
  await notice(`${key} is linked.`)
}

async function remove(key: string): Promise<void> {
  await page.getByRole('button', { name: `Remove the link to ${key}`, exact: true }).click()
  await notice(`${key} is removed.`)
}

/** Turns switches of the page on, and all others off. */
async function switchOn(...names: string[]): Promise<void> {
  desk.setFaults(completeFaults({}))
  await page.reload()
  for (const [index, name] of names.entries()) {
    await page.getByRole('checkbox', { name, exact: true }).click()
    await page.getByRole('link', { name: index === 0 ? '1 fault is on' : `${index + 1} faults are on` }).waitFor()
  }
}

t.test('a queue leads to its issues', async t => {
  await page.goto(address)
  await page.getByRole('link', { name: 'PROD', exact: true }).click()
  await page.waitForURL('**/queues/PROD')
  await page.getByRole('heading', { name: 'Production', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'TEST', exact: true }).click()
  await page.getByRole('link', { name: /^TEST-1 / }).click()
  await page.waitForURL('**/issues/TEST-1')
  await page.getByText('No object is linked to this issue yet.').waitFor()
  t.match(await page.title(), /^TEST-1 /)
})

t.test('a link is added by mouse: its card is there, and it is stored', async t => {
  await add('1')
  const card = await row('Deploy the service').textContent()
  for (const text of [
    '1',
    'Deploy the service',
    'CRM',
    'Closed',
    'Fixed',
    'user1',
    '1 Jun 2024',
    'GET',
    'POST',
    '200',
    '201',
  ])
    t.match(card, text)
  t.notMatch(card, 'Overdue', 'it is resolved')
  const link = page.getByRole('link', { name: '1 Deploy the service' })
  t.equal(await link.getAttribute('href'), 'https://crm.example.com/deals/1')
  t.equal(await link.locator('s').count(), 1, 'it is struck through')
  t.match(await row('Deploy the service').getByText('no findings').count(), 2)
  t.same(await stored(), ['TEST-1 1'])
})

t.test('a link is added and removed by keyboard alone', async t => {
  await page.goto(`${address}/issues/TEST-1`)
  const seen: string[] = []
  // From the top of the page to the field: the skip link first, and the focus can be seen at every stop.
  do {
    await page.keyboard.press('Tab')
    seen.push(
      await page.evaluate<string>(`
        getComputedStyle(document.activeElement).outlineStyle === 'none'
          ? 'unseen'
          : (document.activeElement.getAttribute('name') ?? document.activeElement.textContent.trim())`),
    )
  } while (seen.at(-1) !== 'key' && seen.length < 20)
  t.same(seen, ['Skip to the content', 'Tracker sandbox', 'TEST', 'queue', 'Move issue', 'key'])
  await page.keyboard.type('2')
  await page.keyboard.press('Enter')
  await notice('2 is linked. CRM answered 201.')
  t.equal(await page.evaluate(focused), 'INPUT key ', 'the field is empty and ready for the next key')
  t.match(await row('Renew it').textContent(), /Overdue since\s+1 Jun 2024/)
  t.same(await stored(), ['TEST-1 1', 'TEST-1 2'])

  await page.getByRole('button', { name: 'Remove the link to 2', exact: true }).focus()
  await page.keyboard.press('Enter')
  await notice('2 is removed. CRM answered 204.')
  t.match(await page.evaluate(focused), /^P /, 'the focus is on what is said')
  t.same(await stored(), ['TEST-1 1'])
  t.equal(await page.getByRole('article').count(), 1)
})

t.test('texts of objects are shown as they are, and nothing in them runs', async t => {
  await add('a/b?c=d&e#f')
  const title = page.getByRole('link', { name: hostile })
  t.equal(await title.getAttribute('href'), 'https://crm.example.com/deals/a%2Fb%3Fc%3Dd%26e%23f')
  t.match(await page.title(), /^TEST-1 /)
  t.equal(await page.locator('#page img:not([src^="http"]), #page script, #page [onerror]').count(), 0)
  await row('a/b?c').getByText('Entity info').click()
  t.match(await row('a/b?c').textContent(), /authorization: OAuth \*\*\*/)
  t.notMatch(await page.content(), 'canary-')
  t.same(complaints, [])
  await remove('a/b?c=d&e#f')
})

/** Gives the object `icon` this icon. */
const putIcon = (iconUrl: string) =>
  server.objects.put('crm', [{ key: 'icon' as RemoteKey, summary: 'With an icon', iconUrl }])

t.test(
  "a card's icon is loaded from where the object or the application has it, else a letter stands there",
  async t => {
    await putIcon(`${linkServer}/crm/none.svg`)
    await add('icon')
    const tile = row('With an icon').locator('.icon')
    await until(async () => (await tile.locator('img').count()) === 0)
    t.equal((await tile.textContent())?.trim(), 'C', 'nothing is there')
    // The object's icon has the public address of the server; the page loads it from where the server runs.
    await putIcon('https://links.example.com/crm/icons/open.svg')
    await page.reload()
    const icon = tile.locator('img')
    await until(() => page.evaluate<boolean>(loadedIcon))
    t.equal(await icon.getAttribute('src'), `${linkServer}/crm/icons/open.svg`)
    t.equal(await icon.getAttribute('alt'), '', 'the status beside it says the same')
    await remove('icon')
  },
)

t.test('keys that hold blanks can be seen, wherever they stand', async t => {
  for (const [key, shown] of [
    ['  ', '␣␣'],
    [' a b  c', '␣a b␣␣c'],
    ['a\u00a0\u200b', 'a⍽U+200B'],
  ] as const) {
    await page.getByLabel('Key of an object').fill(key)
    await page.getByRole('button', { name: 'Add link' }).click()
    await notice(`${shown} is linked`)
    const remove = page.getByRole('button', { name: `Remove the link to ${shown}`, exact: true })
    t.match(await row(shown).getByRole('heading').textContent(), shown)
    t.match(await log().textContent(), shown)
    await remove.click()
    await notice(`${shown} is removed`)
  }
})

t.test('the notice says when the application refused, or gave no answer', async t => {
  const registered = desk.settings()
  desk.setSettings(withSettings(registered, { applications: { crm: { token: 'none' } } }))
  await page.getByLabel('Key of an object').fill('2')
  await page.getByRole('button', { name: 'Add link' }).click()
  await notice('2 is linked in Tracker, but CRM refused the token: it answered 401.')
  t.match(await page.locator('#notice').getAttribute('class'), 'refused')
  t.same(await stored(), ['TEST-1 1'])
  await page.getByRole('button', { name: 'Remove the link to 2', exact: true }).click()
  await notice('2 is removed in Tracker, but CRM refused the token: it answered 401.')
  t.match(await page.locator('#notice').getAttribute('class'), 'refused')
  desk.setSettings(registered)
  await add('2')
  t.match(await page.locator('#notice').getAttribute('class'), 'done')
  await remove('2')
})

t.test('a refusal is shown, and changes nothing', async t => {
  await page.getByLabel('Key of an object').fill('1')
  await page.getByRole('button', { name: 'Add link' }).click()
  await notice('Issue TEST-1 is already linked to 1 of crm.')
  await add('unknown')
  await row('unknown').getByText('no card', { exact: true }).waitFor()
  await row('unknown').getByText('the application knows no such object').waitFor()
  await remove('unknown')
  t.same(await stored(), ['TEST-1 1'])
})

t.test('screenshots, and no page is wider than a phone', async t => {
  const folder = process.env.TEST_ARTIFACTS_DIR
  if (folder) mkdirSync(folder, { recursive: true })
  const shoot = async (name: string) => folder && page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  await page.goto(`${address}/issues/TEST-1`)
  await shoot('issue-light')
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await page.evaluate(groundColour)
  await shoot('issue-dark')
  await page.emulateMedia({ colorScheme: 'light' })
  t.not(dark, await page.evaluate(groundColour))
  for (const width of [320, 360]) {
    await page.setViewportSize({ width, height: 740 })
    for (const path of ['issues/TEST-1', 'queues/TEST', 'issues/TEST-9']) {
      await page.goto(`${address}/${path}`)
      for (const call of await page.getByText('Entity info', { exact: true }).all())
        if (path === 'issues/TEST-1') await call.click()
      t.equal(await page.evaluate('document.documentElement.scrollWidth'), width, path)
      await shoot(`${path.replace('/', '-')}-${width}`)
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto(`${address}/issues/TEST-1`)
})

t.test('every control has a name, and the page its landmarks', async t => {
  for (const role of ['banner', 'main'] as const) t.equal(await page.getByRole(role).count(), 1, role)
  t.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
  t.same(await page.evaluate(namelessControls), [])
  t.equal(await page.locator('html').getAttribute('lang'), 'en')
})

t.test('entity info: a dropped call leaves the last good card, marked as stale', async t => {
  await switchOn('Dropped Entity info')
  await row('Deploy the service')
    .getByText(/stale, as of \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC/)
    .waitFor()
  t.match(await page.evaluate(focused), 'INPUT entityInfo.dropped', 'the switch keeps the focus')
  t.match(await row('Deploy the service').textContent(), /GET\s+Entity info\s+not sent\s+dropped/)
  t.same(await stored(), ['TEST-1 1'])
})

/** Makes the calls of one kind slow, and turns all other faults off. */
async function slowDown(kind: string, milliseconds: number): Promise<void> {
  await switchOn()
  await page.getByRole('spinbutton', { name: `Slow ${kind}`, exact: true }).fill(`${milliseconds}`)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: '1 fault is on' }).waitFor()
}

t.test('entity info: the page shows that a call was slow', async t => {
  await slowDown('Entity info', 40)
  await row('Deploy the service').getByText('sent late').waitFor()
  t.equal(desk.faults().entityInfo.slow, 40)
  t.same(await stored(), ['TEST-1 1'])
})

t.test('entity info: repeated, and twice at once, the card is there once, with both calls', async t => {
  for (const [name, shown] of [
    ['Repeated Entity info', 'sent again'],
    ['Twice at once Entity info', 'sent twice at once'],
  ] as const) {
    await switchOn(name)
    await row('Deploy the service').getByText(shown).waitFor()
    t.equal(await page.getByRole('article').count(), 1)
    t.equal(await row('Deploy the service').getByText('Entity info').count(), 2)
    t.same(await stored(), ['TEST-1 1'])
  }
})

t.test('create link and remove link: a slow call reaches the server late, and the page shows it', async t => {
  const underWay = (kind: 'createLink' | 'removeLink') =>
    until(() => desk.log.list(({ call, state }) => call === kind && state === 'sending').length > 0)
  await slowDown('Create link', 60_000)
  const adding = add('2')
  await underWay('createLink')
  t.same(await stored(), ['TEST-1 1'], 'Tracker has the link already')
  desk.setFaults(completeFaults({ createLink: { slow: 1 } }))
  await adding
  await row('Renew it').getByText('sent late').waitFor()
  t.same(await stored(), ['TEST-1 1', 'TEST-1 2'])
  await slowDown('Remove link', 60_000)
  const removing = remove('2')
  await underWay('removeLink')
  t.same(await stored(), ['TEST-1 1', 'TEST-1 2'])
  desk.setFaults(completeFaults({}))
  await removing
  t.match(await log().textContent(), /DELETE\s+Remove link\s+204[\s\S]*?sent late/)
  t.same(await stored(), ['TEST-1 1'])
})

t.test('create link: repeated, and twice at once, it is stored once', async t => {
  for (const [name, shown] of [
    ['Repeated Create link', 'sent again'],
    ['Twice at once Create link', 'sent twice at once'],
  ] as const) {
    await switchOn(name)
    await add('2')
    await row('Renew it').getByText(shown).waitFor()
    t.equal(await row('Renew it').getByText('Create link').count(), 2)
    t.same(await stored(), ['TEST-1 1', 'TEST-1 2'])
    await switchOn()
    await remove('2')
  }
})

t.test('create link: dropped, Tracker has a link that the server lacks', async t => {
  await switchOn('Dropped Create link')
  await add('2')
  await notice('The call to CRM was dropped.')
  await row('Renew it').getByText('dropped').waitFor()
  t.same(await stored(), ['TEST-1 1'])
  await switchOn()
  await remove('2')
})

t.test('create link out of order: the server has a link that Tracker has not', async t => {
  await switchOn('Out of order Create link')
  await add('2')
  await notice('The call to CRM is held back, to be overtaken.')
  await log().getByText('held back').waitFor()
  t.same(await stored(), ['TEST-1 1'])
  await remove('2')
  t.same(await stored(), ['TEST-1 1', 'TEST-1 2'])
  t.match(await log().textContent(), /DELETE[\s\S]*POST\s+Create link\s+201[\s\S]*out of order/)
  await page.request.delete(`${linkServer}/crm/links?issueKey=TEST-1&remoteKey=2`, {
    headers: { authorization: 'OAuth canary-page' },
  })
})

t.test('remove link: repeated and twice at once it is removed, dropped it stays', async t => {
  for (const name of ['Repeated Remove link', 'Twice at once Remove link']) {
    await switchOn(name)
    await add('2')
    await remove('2')
    t.match(await log().textContent(), /204[\s\S]*204/)
    t.same(await stored(), ['TEST-1 1'])
  }
  await switchOn('Dropped Remove link')
  await add('2')
  await remove('2')
  t.match(await log().textContent(), /DELETE\s+Remove link\s+not sent\s+dropped/)
  t.same(await stored(), ['TEST-1 1', 'TEST-1 2'])
})

t.test('remove link out of order: the link that was added again is gone', async t => {
  await switchOn('Out of order Remove link')
  await add('2')
  await remove('2')
  await log().getByText('held back').first().waitFor()
  await add('2')
  t.same(await stored(), ['TEST-1 1'])
  await switchOn('Dropped Remove link')
  await remove('2')
})

t.test(
  'an issue is moved: its page has a new address, and the removal names its new key, or that of the link on demand',
  async t => {
    await switchOn()
    await add('2')
    await page.getByLabel('Other queue').selectOption('NEW')
    await page.getByRole('button', { name: 'Move issue' }).click()
    await notice('TEST-1 is NEW-1 now.')
    t.match(page.url(), '/issues/NEW-1')
    t.same(await stored(), ['TEST-1 1', 'TEST-1 2'], 'nobody told the server')
    await remove('1')
    t.match(await log().textContent(), 'as NEW-1')
    t.same(await stored(), ['TEST-1 1', 'TEST-1 2'], 'the server knows no such link')
    desk.log.clear()
    await switchOn('Former key Remove link')
    await remove('2')
    await log().getByText('key before the move').waitFor()
    t.same(await stored(), ['TEST-1 1'], 'the log was cleared, and the key is known')
    await page.goto(`${address}/issues/TEST-1`)
    t.match(page.url(), '/issues/NEW-1', 'the former key leads there')
  },
)

t.test('an issue is moved by keyboard alone', async t => {
  await switchOn()
  await page.goto(`${address}/issues/TEST-5`)
  do await page.keyboard.press('Tab')
  while ((await page.evaluate(focused)) !== 'SELECT queue PROD')
  await page.keyboard.press('ArrowDown')
  t.equal(await page.evaluate(focused), 'SELECT queue NEW')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await notice(/^TEST-5 is NEW-\d+ now\./)
  t.match(page.url(), /\/issues\/NEW-\d+/)
  t.match(await page.evaluate(focused), /^P /, 'the focus is on what is said')
})

t.test('the page works without JavaScript', async t => {
  desk.setFaults(completeFaults({}))
  const plain = await browser.newContext({ javaScriptEnabled: false })
  const other = await plain.newPage()
  await other.goto(`${address}/issues/TEST-2`)
  await other.getByLabel('Key of an object').fill('1')
  await other.getByRole('button', { name: 'Add link' }).click()
  await other.getByRole('link', { name: '1 Deploy the service' }).waitFor()
  await other.getByRole('checkbox', { name: 'Dropped Entity info' }).check()
  await other.getByRole('button', { name: 'Set' }).click()
  await other.getByText('stale, as of').waitFor()
  t.same(await stored(), ['TEST-1 1', 'TEST-2 1'])
  await plain.close()
})

t.test('the encoding of keys and the token can be chosen', async t => {
  desk.setFaults(completeFaults({}))
  await page.goto(`${address}/issues/TEST-2`)
  await page.getByLabel('Keys in addresses are').selectOption('double')
  await until(() => desk.settings().keyEncoding === 'double')
  await page.getByLabel('CRM is sent').selectOption('none')
  await row('1').first().getByText('the application refused the token').waitFor()
  await page.getByLabel('CRM is sent').selectOption('user')
  await page.getByLabel("User's token for CRM").fill('canary-page')
  await page.getByRole('button', { name: 'Set' }).click()
  // The creation of the link has no findings, so the page alone does not show when the token has arrived.
  await until(() => desk.settings().applications.get('crm')?.userToken === 'canary-page')
  await row('Deploy the service').getByText('no findings').first().waitFor()
  t.match(desk.settings().applications.get('crm'), { token: 'user', userToken: 'canary-page' })
  t.equal(desk.settings().keyEncoding, 'double')
  t.notMatch(await page.content(), 'canary-')
  // Leaving the field and the button both send the form; the second must not undo what the next test sets.
  await page.waitForLoadState('networkidle')
})

/** Steers the sandbox as programs do. */
const put = async (path: string, payload: string, type = 'application/x-www-form-urlencoded') => {
  const url = `/sandbox/${path}`
  const answer = await app.inject({ method: 'PUT', url, headers: { 'content-type': type }, payload })
  return { status: answer.statusCode, body: answer.json<unknown>() }
}

t.test('programs may turn switches; one that does not exist is named, and changes nothing', async t => {
  t.match(await put('faults', '{"createLink":{"slow":5}}'), { status: 200, body: { createLink: { slow: 5 } } })
  for (const [path, payload, field] of [
    ['faults', '{"createLnk":{"slow":6}}', 'createLnk'],
    ['faults', '{"createLink":{"formerKey":true}}', 'createLink.formerKey'],
    ['faults', '{"removeLink":{"repeated":"yes"}}', 'removeLink.repeated'],
    ['faults', '{"removeLink":{"slow":"7"}}', 'removeLink.slow'],
    ['call-settings', '{"token":"none"}', 'token'],
    ['call-settings', '{"applications":{"crm":{"token":"mine"}}}', 'applications.crm.token'],
    ['call-settings', '{"applications":{"cmr":{"token":"none"}}}', 'applications.cmr'],
  ] as const)
    t.match(await put(path, payload), { status: 422, body: { errors: { [field]: String } } }, payload)
  t.match(await put('faults', '{'), { status: 400, body: { errorMessages: ['The body is not valid JSON.'] } })
  t.match(await put('faults', '', 'application/json'), { status: 422 })
  t.equal(desk.faults().createLink.slow, 5)
  t.match(await put('faults', '{}', 'application/json'), { status: 200, body: { createLink: { slow: 0 } } })
})

t.test('a page of another site, or a request under another name, changes nothing', async t => {
  const attempts = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example' },
  ]
  for (const headers of attempts) {
    const post = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    } as const
    const answer = await app.inject({ ...post, url: '/issues/TEST-2/links', payload: 'application=crm&key=2' })
    t.equal(answer.statusCode, 403, JSON.stringify(headers))
    const api = { method: 'PUT', url: '/sandbox/faults', headers: { ...headers }, payload: {} } as const
    t.equal((await app.inject(api)).statusCode, 403)
  }
  t.equal((await app.inject({ url: '/issues/TEST-2', headers: { host: 'evil.example' } })).statusCode, 403)
  t.equal((await app.inject({ url: '/nowhere' })).statusCode, 404)
  for (const payload of ['application=crm&key=a&key=b', 'application=__proto__&key=a', '']) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { statusCode } = await app.inject({ method: 'POST', url: '/issues/TEST-2/links', headers, payload })
    t.equal(statusCode, 303, payload)
  }
  for (const payload of [
    'application=crm&key=%FF',
    'application=crm&key=%z',
    Buffer.from('application=crm&key=caf\xe9', 'latin1'),
  ]) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await app.inject({ method: 'POST', url: '/issues/TEST-2/links', headers, payload })
    t.match(answer, { statusCode: 400, body: /The form is not percent-encoded UTF-8\./ })
  }
  t.same(await stored(), ['TEST-1 1', 'TEST-2 1'])
  t.equal((await app.inject({ method: 'PUT', url: '/sandbox/faults', payload: {} })).statusCode, 200, 'a program may')
  t.same(complaints, [])
})
