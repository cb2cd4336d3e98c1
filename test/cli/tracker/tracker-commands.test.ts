import t from 'tap'
import { playedTracker } from '../../support/played-tracker.ts'
import { configFor, trackerLine } from './run-tracker.ts'

t.test('tracker applications tells which of the configured applications are registered', async t => {
  let applications: unknown[] = [{ id: 'crm', type: 'crm', name: 'Example\u001b CRM' }]
  const { url } = await playedTracker(t, () => ({ body: applications }))
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(url) })
  t.match(await cli.run('tracker', 'applications'), {
    code: 0,
    out: /^ID +NAME +CONFIGURED HERE\ncrm +Example\\u001b CRM +yes\n$/,
    told: 'crm is registered under the name Example\\u001b CRM; the configuration says Example CRM.\n',
  })

  applications = [
    { id: 'other', type: 'other', name: 'Other' },
    { id: 25811000, type: 'crm', name: 'Example CRM' },
  ]
  const { code, out } = await cli.run('tracker', 'applications', '--json')
  t.equal(code, 0, 'an id of digits, and what was registered as its type')
  t.match(JSON.parse(out), {
    organization: 'main',
    applications: [{ id: 'other' }, { id: '25811000', configuredAs: 'crm' }],
    notRegistered: [],
  })

  applications = []
  t.match(await cli.run('tracker', 'applications'), {
    code: 1,
    out: /^Organization main has no external applications\.\ncrm is not registered in organization main\. Its registration is not/,
  })
})

t.test('tracker remote-links lists the links of an issue, by its key or its id', async t => {
  const link = {
    id: 51,
    type: { id: 'relates' },
    direction: 'outward',
    object: { id: '1', key: 'Сделка 1', application: { id: 'crm' } },
    createdBy: { id: '11', display: 'User One' },
    createdAt: '2021-07-14T18:59:54.552+0000',
  }
  const { url, requests } = await playedTracker(t, ({ target }) => ({ body: target.includes('TEST-1/') ? [link] : [] }))
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(url) })
  t.match(await cli.run('tracker', 'remote-links', 'test-1'), {
    code: 0,
    out: /^51 +crm +Сделка 1 +2021-07-14T18:59:54\.552Z +User One$/m,
  })
  t.match(JSON.parse((await cli.run('tracker', 'remote-links', 'TEST-1', '--json')).out), {
    organization: 'main',
    issue: 'TEST-1',
    remoteLinks: [{ id: '51', object: { key: 'Сделка 1' }, createdAt: '2021-07-14T18:59:54.552+0000' }],
  })
  t.match(await cli.run('tracker', 'remote-links', '593CD211EF7E8A33AAAAAAAA'), { code: 0, out: /has no links/ })
  t.equal(requests.at(-1)?.target, '/v3/issues/593cd211ef7e8a33aaaaaaaa/remotelinks')
  t.match(await cli.run('tracker', 'remote-links', 'TEST'), { code: 2, told: /"TEST" is no issue: write an issue key/ })
})

t.test('tracker myself shows who owns the token, or what is wrong with it', async t => {
  let answer: { status?: number; body: unknown } = {
    body: { uid: 1130000000000000, login: 'user1', display: 'User One', email: 'user1@example.com', hasLicense: false },
  }
  const { url } = await playedTracker(t, () => answer)
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(url) })
  t.match(await cli.run('tracker', 'myself'), {
    code: 0,
    out: 'The token belongs to user1 (User One, user1@example.com, uid 1130000000000000), in organization main (yandex360 7).\nThis user does not have full access to Tracker: it may read, but not change anything.\n',
  })
  t.match(JSON.parse((await cli.run('tracker', 'myself', '--json')).out), {
    organization: { name: 'main', kind: 'yandex360', id: '7' },
    user: { uid: '1130000000000000', login: 'user1' },
  })
  answer = { status: 401, body: { errorMessages: ['canary-tracker is no\u001b token'] } }
  t.match(await cli.run('tracker', 'myself'), {
    code: 1,
    told: /^Tracker answered GET \/v3\/myself with 401: the token is wrong or has expired\. .* Tracker says: … is no\\u001b token\n$/,
  })
  answer = { status: 403, body: { errorMessages: ['Organization is not available, not ready or not found'] } }
  t.match(await cli.run('tracker', 'myself'), { code: 1, told: /Check the organization id and its `kind`/ })
})

t.test('the organization is the only one, or the one that is named', async t => {
  const { url } = await playedTracker(t, ({ headers }) => ({
    body: { uid: '1', login: String(headers['x-cloud-org-id']) },
  }))
  const cli = trackerLine(t, {
    'tracker-links.yaml': configFor(url, `  cloud: { kind: cloud, id: bpf, token: canary-iam, url: "${url}" }`),
    'without.yaml': configFor(url).replace(/organizations:[\s\S]*/, ''),
  })
  t.match(await cli.run('tracker', 'myself'), {
    code: 2,
    told: 'Name an organization with --organization: main, cloud.\n',
  })
  t.match(await cli.run('tracker', 'myself', '--organization', 'x'), {
    code: 2,
    told: 'There is no organization x; the configuration has main, cloud.\n',
  })
  t.match(await cli.run('tracker', 'myself', '--organization', 'cloud'), { code: 0, out: /belongs to bpf \(uid 1\)/ })
  t.match(await cli.run('tracker', 'myself', '--config', 'without.yaml'), {
    code: 2,
    told: /^No organization of Tracker is configured: add `organizations`/,
  })
})

t.test('config check warns of a token that travels unencrypted, but for this machine', async t => {
  const address = (url: string) => trackerLine(t, { 'tracker-links.yaml': configFor(url) }).run('config', 'check')
  for (const url of ['http://127.0.0.1:8082', 'http://localhost', 'http://[::1]:8082/', 'https://tracker.example.com'])
    t.notMatch((await address(url)).out, /organization/)
  for (const url of ['http://tracker.example.com', 'http://localhost.example.com:80/'])
    t.match(await address(url), { code: 0, out: /^WARNING: the token of organization main can be read on the way/m })
})
