import t from 'tap'
import { host, oldUser, playTracker, refused } from './play-tracker.ts'

t.test('a caller is described as in the documents', async t => {
  const tokens = ['user1', 'user2'].map((login, at) => ({ login, token: ['canary-one', 'canary-two'][at] ?? '' }))
  const { ask, world } = await playTracker(t, { tokens })
  const as = (url: string, authorization: string) => ask('GET', url, undefined, { authorization })
  const answer = await as('/v3/myself/', 'OAuth canary-two')
  t.equal(answer.status, 200)
  t.strictSame(answer.body, {
    self: `${host}/v3/users/1111111111111112`,
    uid: 1111111111111112,
    login: 'user2',
    trackerUid: 1111111111111112,
    passportUid: 1111111111111112,
    cloudUid: 'aje000000000000user2',
    firstName: 'User',
    lastName: 'Two',
    display: 'User Two',
    email: 'user2@example.com',
    external: false,
    hasLicense: true,
    dismissed: false,
    useNewFilters: true,
    disableNotifications: false,
    firstLoginDate: '2020-10-27T13:06:21.787+0000',
    lastLoginDate: '2022-07-25T17:12:33.787+0000',
    welcomeMailSent: true,
  })
  t.notOk('cloudUid' in ((await as('/v2/myself', 'bearer canary-one')).body as object))
  t.match(await as('/v3/myself', 'OAuth canary-other'), refused(401, {}, [/not accepted/]))
  t.match(await as('/v3/myself', 'Basic canary-one'), refused(401, {}, [/Bearer/]))
  t.match(await as('/v3/nothing', ''), { status: 401 })
  t.match(await as('/v3/nothing', 'OAuth canary-one'), refused(404, {}, [/GET \/v3\/nothing/]))
  world.changeSettings({ myselfAsList: true })
  t.match((await as('/v3/myself?expand=groups', 'OAuth canary-one')).body, [{ login: 'user1', groups: [] }])
})

t.test('users are found by login and uid, and a 64-bit uid keeps its digits', async t => {
  const uid = '9223372036854775807'
  const { ask, world } = await playTracker(t)
  const { firstName, lastName } = world.firstUser()
  const robot = {
    uid,
    login: '12345',
    display: 'Robot',
    firstName,
    lastName,
    email: '',
    cloudUid: 'x',
    admin: false,
    robot: true,
  }
  const more = await playTracker(t, { users: [world.firstUser(), robot] })
  const raw = await more.app.inject({ url: `/v3/users/${uid}`, headers: { authorization: 'OAuth canary-sandbox' } })
  t.match(raw.body, `"uid":${uid},"login":"12345"`)
  t.match(await more.ask('GET', '/v3/users/login:12345'), { status: 200, body: { login: '12345' } })
  t.match((await more.ask('GET', '/v3/users')).body, [{ login: 'user1' }, { login: '12345' }])
  t.match(await more.ask('GET', '/v3/users/_relative?perPage=1'), {
    body: { users: [{ login: 'user1' }], hasNext: true },
  })
  t.match(await ask('GET', '/v3/users/nobody'), { status: 404 })
  const story = `"createdAt":"2017-08-29T12:34:41.740+0000","createdBy":${uid}`
  const imported = `{"relationship":"relates","issue":"TEST-2",${story}}`
  t.match(await more.ask('POST', '/v3/issues/TEST-1/links/_import', imported), {
    status: 200,
    body: { createdBy: { id: uid } },
  })
})

t.test('another organization, or one in the wrong header, is refused', async t => {
  const { ask, world } = await playTracker(t, { organization: { kind: 'cloud', id: 'bpf7' } })
  const as = async (headers: Record<string, string>) => (await ask('GET', '/v3/myself', undefined, headers)).status
  t.equal(await as({ 'X-Cloud-Org-ID': 'bpf7' }), 200)
  t.equal(await as({ 'x-cloud-org-id': 'bpf7', 'X-Org-Id': 'not provided' }), 200, 'as the official client sends them')
  t.equal(await as({ 'X-Cloud-Org-Id': 'bpf7, bpf7', 'X-Org-ID': '' }), 200, 'repeated')
  t.match((await ask('GET', '/sandbox/requests')).body, { findings: [] })
  t.equal(await as({}), 200, 'some clients send none')
  t.equal(await as({ 'X-Org-ID': 'bpf7' }), 403)
  t.match(await ask('GET', '/v3/myself', undefined, { 'X-Cloud-Org-ID': 'bpf8' }), refused(403, {}, [/not available/]))
  t.equal(await as({ 'X-Org-ID': 'not provided' }), 200)
  t.match((await ask('GET', '/sandbox/requests')).body, {
    findings: [
      {
        level: 'error',
        field: 'X-Cloud-Org-ID',
        rule: 'is missing, and is required',
        hint: /bpf7/,
        count: 2,
        calls: ['GET /v3/myself'],
      },
    ],
  })
  world.changeSettings({ organizationRequired: true })
  t.equal(await as({}), 403)
  await ask('DELETE', '/sandbox/requests')
  t.match((await ask('GET', '/sandbox/requests')).body, { findings: [] })
})

t.test('a limit holds per second and per kind, and requests are counted', async t => {
  const { ask } = await playTracker(t)
  const limit = { search: 2, other: 3, retryAfter: 7 }
  t.match(await ask('PUT', '/sandbox/settings', { rateLimit: limit }), {
    status: 200,
    body: { rateLimit: limit, linkIds: 'number' },
  })
  // In parallel, so that they come within a second however slow the machine is.
  const askAll = (count: number) => Promise.all(Array.from({ length: count }, () => ask('GET', '/v3/myself')))
  const answers = await askAll(6)
  t.same(
    answers.map(({ status }) => status),
    [200, 200, 200, 429, 429, 429],
  )
  t.match(answers[5], { ...refused(429, {}, [/Too many/]), headers: { 'retry-after': '7' } })
  t.match(await ask('POST', '/v3/issues/_count', {}), { status: 200 }, 'search has a limit of its own')
  t.match((await ask('GET', '/sandbox/requests')).body, {
    most: { search: 1, other: 6 },
    calls: { 'GET /v3/myself': { 200: 3, 429: 3 }, 'POST /v3/issues/_count': { 200: 1 } },
  })
  await ask('PUT', '/sandbox/settings', { rateLimit: { ...limit, retryAfter: null } })
  const silent = (await askAll(4)).at(-1)
  t.equal(silent?.status, 429)
  t.notOk(silent && 'retry-after' in silent.headers)
  await ask('PUT', '/sandbox/settings', { rateLimit: null })
  t.match(await ask('GET', '/v3/myself'), { status: 200 })
  t.match(await ask('DELETE', '/sandbox/requests'), { status: 204 })
  t.match((await ask('GET', '/sandbox/requests')).body, { most: { search: 0, other: 0 }, seconds: [] })
})

t.test('settings are checked, and the world is shown without tokens', async t => {
  const { ask } = await playTracker(t)
  t.match(
    await ask('PUT', '/sandbox/settings', { colour: 'red', linkIds: 'text', rateLimit: { search: 0 }, failing: 418 }),
    refused(422, { colour: /additional/, linkIds: /number, string/, failing: /: null, 400, / }),
  )
  t.match(await ask('PUT', '/sandbox/settings', { documents: 'old', linkIds: 'string' }), { status: 200 })
  await ask('POST', '/v3/issues/TEST-1/remotelinks', { relationship: 'relates', key: '1', origin: 'crm' })
  const [link] = (await ask('GET', '/v3/issues/TEST-1/remotelinks')).body as [{ id: unknown; createdBy: unknown }]
  t.equal(link.id, '1')
  t.strictSame(link.createdBy, oldUser('v3', '1111111111111111', 'User One'))
  const { body } = await ask('GET', '/sandbox/world')
  t.match(body, {
    organization: { kind: 'yandex360', id: '1' },
    remoteLinks: [{ id: 1, key: '1' }],
    issues: { length: 7 },
  })
  t.notMatch(JSON.stringify(body), 'canary-fixed')
})
