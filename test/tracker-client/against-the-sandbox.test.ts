import t from 'tap'
import type { User } from '../../src/sandbox/world/records.ts'
import { importedRelationships, relationships } from '../../src/tracker-client/relationships.ts'
import { crm, made, one, open, project, triggerRuns, two, type Version } from './sandbox-client.ts'

// Every request and answer of the documents (seeds 001 to 003; tracker contract, sections 6 to 12), field by field, in both
// versions of the API: the client and the sandbox were written apart from each other. documented-calls.test.ts lists the calls.
const between = new Date('2020-08-29T12:34:41.740Z')

/** A user as links and issues name one: the older documents have two fields less. */
const referenceTo = ({ uid, display, cloudUid }: User, version: Version) => ({
  id: uid,
  display,
  passportUid: version === 'v3' ? uid : undefined,
  cloudUid: version === 'v3' ? cloudUid : undefined,
})

/** The keys of each page. */
async function keysOf(list: AsyncIterable<readonly { key: string }[]>) {
  const pages: string[][] = []
  for await (const page of list) pages.push(page.map(({ key }) => key))
  return pages
}

for (const version of ['v2', 'v3'] as const) {
  t.test(`${version}: applications and users`, async t => {
    const { client, as } = await open(t, version)
    t.same(await client.applications.list(), [{ id: crm.id, type: crm.id, name: crm.name }])

    const shown = {
      uid: two.uid,
      login: 'user2',
      trackerUid: two.uid,
      passportUid: two.uid,
      cloudUid: version === 'v3' ? two.cloudUid : undefined,
      firstName: 'First',
      lastName: 'Last',
      display: two.display,
      email: two.email,
      external: false,
      hasLicense: true,
      dismissed: false,
      useNewFilters: true,
      disableNotifications: false,
      firstLoginDate: new Date('2020-10-27T13:06:21.787Z'),
      lastLoginDate: new Date('2022-07-25T17:12:33.787Z'),
      welcomeMailSent: true,
      groups: undefined,
    }
    t.same(await as('canary-two').users.myself(), shown, 'a uid of 64 bits, with every digit')
    for (const name of ['user2', two.uid]) t.same(await client.users.get(name), shown)
    t.same(
      (await client.users.list()).map(({ login }) => login),
      ['user1', 'user2'],
    )
    const each: (string | undefined)[] = []
    for await (const { login } of client.users.each({ perPage: 1 })) each.push(login)
    t.same(each, ['user1', 'user2'], 'one at a time')
    t.same(await as('canary-two').users.myself({ expand: 'groups' }), { ...shown, groups: [] })
    const cloud = await open(t, version, { kind: 'cloud' })
    t.match(await cloud.client.users.myself(), { login: 'user1' })
  })

  t.test(`${version}: remote links`, async t => {
    const { client, world } = await open(t, version)
    t.same(await client.remoteLinks.list('TEST-1'), [])
    const link = await client.remoteLinks.add('TEST-1', { key: 'group/Сделка 1?', origin: crm.id }, { backlink: true })
    const by = referenceTo(one, version)
    t.match(link, { createdAt: Date, updatedAt: Date, id: /^\d+$/ })
    t.same(link, {
      id: link.id,
      issueKey: 'TEST-1',
      type: { id: 'relates', inward: 'relates', outward: 'relates' },
      direction: 'outward',
      object: {
        id: 'group/Сделка 1?',
        key: 'group/Сделка 1?',
        application: { id: crm.id, type: crm.id, name: crm.name },
      },
      createdBy: by,
      updatedBy: by,
      createdAt: link.createdAt,
      updatedAt: link.createdAt,
    })
    world.changeSettings({ linkIds: 'string' })
    t.same(await client.remoteLinks.list(world.issue('TEST-1')?.id ?? ''), [link], 'ids as text, the issue by its id')
    await t.rejects(client.remoteLinks.add('TEST-1', { key: 'x', origin: 'other' }), { status: 422, message: /origin/ })
    await t.rejects(client.remoteLinks.list('TEST-99'), { status: 404, message: /TEST-99/ })
    const [issue, application] = [world.issue('TEST-5'), world.application(crm.id)]
    if (!issue || !application) throw new Error('the world has changed')
    for (let key = 0; key < 60; key++) world.addRemoteLink({ issue, application, key: `${key}`, by: one })
    t.equal((await client.remoteLinks.list('TEST-5')).length, 60, 'from two pages')
    t.equal(await client.remoteLinks.remove('TEST-1', link.id), 'removed')
    t.equal(await client.remoteLinks.remove('TEST-1', link.id), 'absent')
  })

  t.test(`${version}: links between issues, and their import`, async t => {
    const { client, as, world } = await open(t, version)
    for (const key of ['TEST-1', 'TEST-2', 'TEST-4']) await client.issues.change(key, { assignee: 'user2' })
    for (const relationship of relationships) {
      const [from, to] = relationship === 'has epic' ? ['TEST-2', 'TEST-4'] : ['TEST-4', 'TEST-2']
      const link = await client.issueLinks.add(from, { relationship, issue: to })
      t.match(link, { object: { key: to, id: world.issue(to)?.id }, direction: /^(in|out)ward$/ })
      t.equal(await client.issueLinks.remove(from, link.id), 'removed', relationship)
      t.equal(await client.issueLinks.remove(from, link.id), 'absent')
    }
    for (const [index, relationship] of importedRelationships.entries()) {
      world.changeSettings({ importStatus: index % 2 === 0 ? 200 : 201 })
      const [from, to] = relationship === 'has epic' ? ['TEST-2', 'TEST-4'] : ['TEST-4', 'TEST-2']
      const updatedAt = new Date(between.getTime() + 1_000)
      const link = await client.issueLinks.addImported(from, {
        relationship,
        issue: to,
        createdAt: between,
        createdBy: BigInt(two.uid),
        updatedAt,
        updatedBy: 'user1',
      })
      t.same(
        link,
        {
          id: link.id,
          type: link.type,
          direction: link.direction,
          object: { id: world.issue(to)?.id, key: to, display: world.issue(to)?.summary },
          createdBy: referenceTo(two, version),
          updatedBy: referenceTo(one, version),
          createdAt: between,
          updatedAt,
          assignee: referenceTo(two, version),
          status: { id: '1', key: 'open', display: 'Open' },
        },
        relationship,
      )
      t.same(await client.issueLinks.list(from), [link])
      const [mirror] = await client.issueLinks.list(to)
      t.match(mirror, { id: link.id, object: { key: from } })
      t.equal(await client.issueLinks.remove(from, link.id), 'removed')
    }
    const wish = { relationship: 'relates', issue: 'TEST-2', createdAt: between, createdBy: 'user1' } as const
    for (const [changes, words] of [
      [{ createdAt: new Date('2016-01-01') }, /createdAt/],
      [{ createdAt: new Date('2999-01-01') }, /createdAt/],
      [{ updatedAt: between }, /updatedBy/],
      [{ createdBy: 'nobody' }, /createdBy/],
      [{ createdBy: 12n }, /createdBy/],
      [{ relationship: 'is epic of' }, /relationship/],
    ] as const)
      await t.rejects(client.issueLinks.addImported('TEST-1', { ...wish, ...changes }), { status: 422, message: words })
    await t.rejects(client.issueLinks.addImported('TEST-1', { ...wish, issue: 'TEST-99' }), {
      status: 404,
      message: /404/,
    })
    const importing = as('canary-two').issueLinks.addImported('TEST-1', wish)
    if (version === 'v2') t.match(await importing, { id: /\d/ }, 'older documents let anybody import who may edit')
    else await t.rejects(importing, { status: 403, message: /importing links takes an administrator/ })
  })

  t.test(`${version}: an issue is made, read, changed in every form, and moved`, async t => {
    const { client, world } = await open(t, version)
    const by = referenceTo(one, version)
    const open1 = await client.issues.get('TEST-1')
    t.same(open1, {
      id: world.issue('TEST-1')?.id,
      key: 'TEST-1',
      aliases: [],
      version: 1,
      summary: 'Issue 1',
      description: undefined,
      queue: { id: '1', key: 'TEST', display: 'Test queue' },
      previousQueue: undefined,
      type: { id: '2', key: 'task', display: 'Task' },
      priority: { id: '3', key: 'normal', display: 'Medium' },
      status: { id: '1', key: 'open', display: 'Open' },
      parent: undefined,
      assignee: undefined,
      followers: [],
      tags: [],
      deadline: undefined,
      createdBy: by,
      updatedBy: by,
      createdAt: made,
      updatedAt: open1.updatedAt,
    })
    t.match(await client.issues.get('TEST-1', { expand: 'attachments' }), { key: 'TEST-1' })

    const created = await client.issues.create({
      queue: 'PROD',
      summary: 'Test Issue',
      parent: 'TEST-2',
      type: 'bug',
      assignee: 'user2',
      attachmentIds: [55, 56],
    })
    t.match(created, { key: 'PROD-1', type: { key: 'bug' }, assignee: referenceTo(two, version) })

    const change = (changes: Parameters<typeof client.issues.change>[1]) => client.issues.change('TEST-1', changes)
    const edited = await change({
      summary: 'New issue name',
      description: 'New issue description',
      type: { id: '1', key: 'bug' },
      priority: { id: '2', key: 'minor' },
      deadline: new Date('2024-06-01T00:00:00.000Z'),
    })
    t.match(edited, {
      version: 2,
      summary: 'New issue name',
      description: 'New issue description',
      type: { key: 'bug' },
      priority: { key: 'minor' },
      deadline: '2024-06-01',
    })
    for (const type of [2, '2', 'task', { id: '2' }, { name: 'Task' }, { set: 'task' }]) {
      await change({ type: 'bug' })
      t.match(await change({ type }), { type: { key: 'task' } }, JSON.stringify(type))
    }
    const followers = async (followers: Parameters<typeof change>[0][string]) =>
      (await change({ followers })).followers.map(({ id }) => id)
    t.same(await followers({ add: ['user1', 'user2'] }), [one.uid, two.uid])
    t.same(await followers({ remove: ['user1'] }), [two.uid])
    t.same(await followers({ replace: [{ target: 'user2', replacement: 'user1' }] }), [one.uid])
    t.same(await followers({ set: [BigInt(two.uid)] }), [two.uid], 'a uid of 64 bits is sent with every digit')
    t.same(await followers(null), [])
    t.same((await change({ tags: ['a', 'b'] })).tags, ['a', 'b'])
    t.same((await change({ tags: [] })).tags, [])

    const { version: now = 0 } = await client.issues.get('TEST-1')
    await t.rejects(client.issues.change('TEST-1', { summary: 'x' }, { version: 1 }), {
      status: 409,
      message: /Read it again, then repeat/,
    })
    t.match(await client.issues.change('TEST-1', { summary: 'x' }, { version: now }), { version: now + 1 })
    await t.rejects(client.issues.change('TEST-1', { summary: 'x' }, { ifMatch: 1 }), {
      status: 412,
      message: /not the present one. Read it again, then repeat/,
    })
    t.match(await client.issues.change('TEST-1', { summary: 'y' }, { ifMatch: now + 1 }), { version: now + 2 })
    world.changeSettings({ versionRequired: true })
    await t.rejects(change({ summary: 'y' }), { status: 428, message: /Name the present one/ })
    world.changeSettings({ versionRequired: false, versionLimit: { robot: 2, user: 2 } })
    await t.rejects(change({ summary: 'y' }), { status: 423, message: /highest version/ })
    world.changeSettings({ versionLimit: { robot: 100, user: 100 } })

    const moved = await client.issues.move('TEST-1', 'NEW', { notify: false, moveAllFields: true, initialStatus: true })
    t.match(moved, {
      id: open1.id,
      key: 'NEW-1',
      aliases: ['TEST-1'],
      queue: { key: 'NEW' },
      previousQueue: { key: 'TEST' },
    })
    for (const name of ['TEST-1', 'NEW-1', open1.id]) t.match(await client.issues.get(name), { key: 'NEW-1' })
    t.equal(await client.issues.count({ keys: ['TEST-1'] }), 0, 'a search does not find the former key')
  })

  t.test(`${version}: searching by pages and by scrolling, and the history`, async t => {
    const { client, world } = await open(t, version)
    const all = Array.from({ length: 12 }, (_, index) => `TEST-${index + 1}`)
    t.same(await keysOf(client.issues.search({ queue: 'TEST' }, { perPage: 5 })), [
      all.slice(0, 5),
      all.slice(5, 10),
      all.slice(10),
    ])
    t.same((await keysOf(client.issues.search({ filter: { queue: 'TEST' }, order: ['-key'] }))).flat().length, 12)
    t.same(await keysOf(client.issues.search({ keys: ['TEST-2'] })), [['TEST-2']])
    t.same(await keysOf(client.issues.search({ query: 'Queue: TEST Type: epic' })), [['TEST-4']])
    t.equal(await client.issues.count({ queue: 'TEST' }), 12)
    t.same(
      (await keysOf(client.issues.scroll({ filter: { queue: 'TEST' } }, { perScroll: 5 }))).map(page => page.length),
      [5, 5, 2],
    )
    const backwards = all.toReversed()
    const sorted = [{ filter: { queue: 'TEST' }, order: ['-key'] }, { query: 'Queue: TEST "Sort by": Key DESC' }]
    for (const criteria of sorted)
      t.same((await keysOf(client.issues.scroll(criteria, { perScroll: 5 }))).flat(), backwards, 'in its order')
    for (const input of ['test-1', 'Issue 1'])
      t.same(
        (await client.issues.suggest(input)).map(({ key }) => key),
        ['TEST-1', 'TEST-10', 'TEST-11', 'TEST-12'],
      )
    const named = await client.issues.create({ queue: 'TEST', summary: 'Named', unique: 'deal 7/8' })
    t.same(await client.issues.findByUnique('deal 7/8'), named)
    await t.rejects(client.issues.findByUnique('deal 9'), { status: 404, message: /404/ })
    await t.rejects(keysOf(client.issues.search({ filterId: '1' })), { status: 404, message: /404/ })

    await client.issues.change('TEST-1', { summary: 'New' })
    await client.issueLinks.add('TEST-1', { relationship: 'relates', issue: 'TEST-2' })
    await client.issues.move('TEST-1', 'NEW')
    const pages: string[][] = []
    for await (const page of client.issues.changelog('TEST-1', { perPage: 1 })) pages.push(page.map(({ type }) => type))
    t.same(pages, [['IssueCreated'], ['IssueUpdated'], ['IssueLinked'], ['IssueMoved']])
    for await (const [change] of client.issues.changelog('NEW-1', { type: 'IssueMoved' })) {
      const issue = { id: world.issue('TEST-1')?.id, key: 'NEW-1', display: 'New' }
      const by = { updatedAt: Date, updatedBy: referenceTo(one, version) }
      t.match(change, { id: /^[0-9a-f]+$/, ...by, issue, transport: 'api', addedComments: [], executedTriggers: [] })
      t.match(
        change?.fields.find(({ id }) => id === 'key'),
        { from: 'TEST-1', to: 'NEW-1' },
      )
    }
    for await (const [change] of client.issues.changelog('NEW-1', { type: 'IssueLinked' }))
      t.same(change?.links, [
        {
          from: undefined,
          to: {
            type: 'relates',
            direction: 'outward',
            object: { id: world.issue('TEST-2')?.id, key: 'TEST-2', display: 'Issue 2' },
          },
        },
      ])
  })

  t.test(`${version}: a wrong token, a wrong organization, and too many requests`, async t => {
    const { world, as } = await open(t, version)
    await t.rejects(as('canary-three').users.myself(), { status: 401, message: /token is wrong or has expired/ })
    for (const organization of [{ id: '8' }, { kind: 'cloud' as const }])
      await t.rejects(as('canary-one', organization).users.myself(), {
        status: 403,
        message: /its `kind` .* Tracker says: Organization is not available, not ready or not found/,
      })
    world.changeSettings({ rateLimit: { search: 1, other: 1, retryAfter: 0 } })
    const hasty = as('canary-one', { tries: 1 })
    await t.rejects(Promise.all(Array.from({ length: 9 }, () => hasty.users.myself())), {
      status: 429,
      message: /lower `rate`/,
    })
  })

  t.test(`${version}: the comments and triggers of a change of an issue`, async t => {
    const { client, world } = await open(t, version)
    for await (const [change] of client.issues.changelog('TEST-2', { field: 'status' }))
      t.same(change, {
        id: change?.id,
        type: 'IssueWorkflow',
        issue: { id: world.issue('TEST-2')?.id, key: 'TEST-2', display: 'Issue 2' },
        updatedAt: between,
        updatedBy: referenceTo(two, version),
        transport: 'api',
        fields: [
          {
            id: 'status',
            from: { id: '1', key: 'open', display: 'Open' },
            to: { id: '2', key: 'inProgress', display: 'In progress' },
          },
        ],
        links: [],
        addedComments: [{ id: '10', key: undefined, display: 'Comment text' }],
        executedTriggers: [
          { trigger: { id: '29', key: undefined, display: 'Trigger-42' }, success: true, message: 'Success' },
        ],
      })
  })

  t.test(`${version}: the fields of issues`, async t => {
    const fields = await (await open(t, version)).client.fields.list()
    t.same(
      fields.find(({ id }) => id === 'followers'),
      {
        id: 'followers',
        key: 'followers',
        name: 'Followers',
        version: 1,
        schema: { type: 'array', items: 'user', required: false },
        readonly: false,
        options: false,
        suggest: false,
        order: fields.findIndex(({ id }) => id === 'followers') + 1,
        category: { id: '000000000000000000000001', key: undefined, display: 'System' },
        type: 'standard',
      },
    )
  })

  t.test(`${version}: the events of a project, onwards and around one`, async t => {
    const { client } = await open(t, version)
    const ids = project.events.map(({ id }) => id)
    const all = await client.entities.events('project', project.id)
    t.same(all, {
      events: project.events.map(({ id, display, changes }) => ({
        id,
        author: { ...referenceTo(two, 'v3'), passportUid: two.uid },
        date: between,
        transport: 'v2',
        display,
        changes: changes.map(({ field, diff }) => ({ field: { ...field, key: undefined }, diff })),
      })),
      hasNext: false,
      hasPrev: false,
    })
    const page = async (wanted: Parameters<typeof client.entities.events>[2]) => {
      const { events, hasNext, hasPrev } = await client.entities.events('project', project.id, wanted)
      return [events.map(({ id }) => ids.indexOf(id)).join(' '), hasNext, hasPrev]
    }
    t.same(await page({ perPage: 3 }), ['0 1 2', true, false])
    t.same(await page({ perPage: 3, from: ids[2] ?? '' }), ['3 4 5', true, true])
    t.same(await page({ from: ids[6] ?? '' }), ['', false, true])
    t.same(await page({ perPage: 5, selected: ids[3] ?? '' }), ['3 2 4 1 5', true, true])
    t.same(await page({ selected: ids[0] ?? '' }), ['0 1 2 3 4 5 6', false, false])
    t.same(await page({ perPage: 2, newEventsOnTop: true }), ['6 5', true, false])
    t.same(await page({ perPage: 2, newEventsOnTop: true, from: ids[5] ?? '' }), ['4 3', true, true])
    t.same(await page({ perPage: 2, direction: 'backward' }), ['6 5', true, false])
    t.same(await page({ perPage: 2, direction: 'backward', newEventsOnTop: true }), ['0 1', true, false])
    await t.rejects(page({ from: ids[0] ?? '', selected: ids[1] ?? '' }), { status: 400, message: /from and selected/ })
    await t.rejects(page({ from: 'x' }), { status: 404, message: /404/ })
    await t.rejects(client.entities.events('goal', project.id), { status: 404, message: /404/ })
  })

  t.test(`${version}: the log of what a trigger has sent`, async t => {
    const { client, as, world } = await open(t, version)
    const log = (...call: Parameters<typeof client.triggers.webhookLog>) => client.triggers.webhookLog(...call)
    const last = await log('TEST', '29')
    t.equal(last.length, 10, 'the last ten')
    t.same(last[0], {
      id: triggerRuns.at(-1)?.id,
      triggerId: '29',
      actionId: '1',
      issueId: world.issue('TEST-2')?.id,
      startTime: new Date('2025-09-23T11:00:00.000Z'),
      endTime: new Date('2025-09-23T11:00:00.235Z'),
      duration: 235,
      request: {
        method: 'POST',
        endpoint: 'https://crm.example.com/events',
        headers: { 'Content-Type': 'application/json; charset=UTF-8' },
        body: '{"number":11}',
        authorization: 'noauth',
      },
      response: { statusCode: 200, headers: { 'Content-Type': 'application/json' } },
    })
    const [unanswered] = (await log('TEST', '29', { limit: 100 })).slice(-1)
    t.match(unanswered, { startTime: new Date('2025-09-23T00:00:00.000Z'), response: undefined })
    const hours = async (wanted: Parameters<typeof log>[2]) =>
      (await log('TEST', '29', wanted)).map(({ startTime }) => startTime?.getUTCHours())
    const [from, to] = [new Date('2025-09-23T03:00:00.000Z'), new Date('2025-09-23T05:00:00.000Z')]
    t.same(await hours({ from, to }), [5, 4, 3])
    for (const issue of ['TEST-1', world.issue('TEST-1')?.id ?? ''])
      t.same(await hours({ issue, limit: 2 }), [10, 8], 'the issue by its key or its id')
    t.same(await hours({ issue: 'TEST-99' }), [])
    await t.rejects(log('TEST', '29', { limit: 101 }), { status: 400, message: /limit/ })
    for (const [queue, trigger] of [
      ['test', '29'],
      ['TEST', '30'],
      ['PROD', '29'],
    ] as const)
      await t.rejects(log(queue, trigger), { status: 404, message: /404/ }, `${queue} ${trigger}`)
    await t.rejects(as('canary-two').triggers.webhookLog('TEST', '29'), { status: 403, message: /may not manage/ })
  })
}
