import t from 'tap'
import { findMove, openMoveSearch } from '../../src/links/find-moves.ts'
import type { LinkKeys } from '../../src/storage/links/link-keys.ts'
import { appBesideTracker } from '../support/app-beside-tracker.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const link = (issueKey: string) => ({ issueKey, remoteKey: 'x' }) as LinkKeys

t.test(
  'an issue moved twice: its links under all three keys, removed by the newest, the oldest, and Tracker',
  async t => {
    const test = await appBesideTracker(t)
    const { tracker, api, app } = test
    const linked = async (issueKey: string) => {
      const { links } = (await api('GET', `links?issueKey=${issueKey}`)).json<{ links: { remoteKey: string }[] }>()
      return links.map(link => link.remoteKey)
    }
    const add = (key: string) => tracker.remoteLinks.add('TEST-1', { key, origin: 'crm' }, { backlink: true })
    const [, second] = [await add('1'), await add('2'), await add('3'), await add('4'), await add('5')]
    const moved = await tracker.issues.move('TEST-1', 'PROD')
    const { key: newest } = await tracker.issues.move(moved.key, 'NEW')
    t.same(await linked('TEST-1'), ['1', '2', '3', '4', '5'])
    t.same(await linked(newest), [], 'nobody has told of the moves')

    await tracker.remoteLinks.remove(newest, second.id)
    for (const key of ['TEST-1', moved.key, newest]) t.same(await linked(key), ['1', '3', '4', '5'], key)
    t.match(
      test.log.find(line => line.msg === 'link removed'),
      { issueKey: newest, remoteKey: '2' },
    )
    t.ok(test.log.some(line => String(line.msg).startsWith('an issue was moved')))

    t.equal((await api('DELETE', `links?issueKey=${newest}&remoteKey=1`)).headers['x-removed'], 'true')
    t.equal((await api('DELETE', 'links?issueKey=TEST-1&remoteKey=3')).headers['x-removed'], 'true')
    t.equal((await app.inject({ method: 'DELETE', url: '/crm/links/TEST-1/4' })).statusCode, 204)
    for (const key of ['TEST-1', moved.key, newest]) t.same(await linked(key), ['5'], key)
    const again = await app.inject({
      method: 'POST',
      url: '/crm/links',
      payload: { issueKey: newest, entityIds: ['5'] },
    })
    t.equal(again.statusCode, 200, 'a repeated creation makes no second link')
    t.equal((await app.inject({ method: 'DELETE', url: `/crm/links/${moved.key}/5` })).statusCode, 204)
    t.equal(await test.prisma.link.count(), 0)

    const history = (await api('GET', `links/history?issueKey=${newest}`)).json<{ events: Record<string, string>[] }>()
    t.same(
      history.events.map(event => `${event.kind} ${event.issueKey} ${event.remoteKey}`),
      [
        ...['1', '2', '3', '4', '5'].map(key => `created TEST-1 ${key}`),
        ...['2', '1', '3', '4', '5'].map(key => `removed ${newest} ${key}`),
      ],
    )
    t.same(test.requests, [`GET /v3/issues/${newest}`], 'Tracker was asked once')
  },
)

t.test('Tracker is asked about an issue once, and only if another one is linked to the object', async t => {
  const test = await appBesideTracker(t)
  const remove = (issueKey: string, remoteKey: string) =>
    test.app.inject({ method: 'DELETE', url: `/crm/links/${issueKey}/${remoteKey}` })
  await Promise.all(Array.from({ length: 20 }, () => remove('TEST-2', 'nothing')))
  t.same(test.requests, [], 'no issue is linked to the object')
  await test.links.change({
    kind: 'create',
    applicationId: 'crm',
    links: [{ issueKey: 'TEST-9', remoteKey: 'x' }] as LinkKeys[],
    actor: { kind: 'tracker' },
  })
  const answers = await Promise.all(Array.from({ length: 20 }, () => remove('TEST-2', 'x')))
  answers.push(await remove('TEST-2', 'x'), await remove('GONE-1', 'x'))
  t.ok(answers.every(answer => answer.statusCode === 204))
  t.same(test.requests, ['GET /v3/issues/TEST-2', 'GET /v3/issues/GONE-1'])
  t.equal(await test.prisma.link.count(), 1)
  t.equal(await test.prisma.issueAlias.count(), 0)

  await test.sandbox.close()
  t.equal((await remove('TEST-3', 'x')).statusCode, 204, 'Tracker cannot be asked: the answer is the same')
  t.match(
    test.log.find(line => String(line.msg).startsWith('no such link: its issue may have been moved')),
    { issueKey: 'TEST-3', remoteKey: 'x', application: 'crm' },
  )
  t.notMatch(JSON.stringify(test.log), 'canary')
})

t.test('a removal waits for Tracker only so long, and for so many questions', async t => {
  const test = await testApp(t)
  const [crm] = test.applications.values()
  await test.links.change({ kind: 'create', applicationId: 'crm', links: [link('A-1')], actor: { kind: 'tracker' } })
  const asked: string[] = []
  const answer = Promise.withResolvers<undefined>()
  const findIssue = (issue: string) => {
    asked.push(issue)
    return answer.promise
  }
  const search = openMoveSearch({ database: test.prisma, log: test.logger, findIssueOf: () => findIssue, longest: 20 })
  t.ok(crm)
  if (!crm) return
  const found = await Promise.all(Array.from({ length: 40 }, (_, n) => findMove(search, crm, [link(`B-${n + 1}`)])))
  t.ok(found.every(one => one === 'unresolved'))
  t.equal(asked.length, 16)
  answer.resolve(undefined)
  await until(() => search.inFlight.size === 0)
  t.equal(await findMove(search, crm, [link(asked[0] as string)]), 'unmoved', 'the late answer is known')
  t.equal(asked.length, 16)
  const forgottenIn = Array.from(search.unmoved.keys(), name => search.unmoved.getRemainingTTL(name))
  t.ok(
    forgottenIn.length > 0 && forgottenIn.every(ms => ms <= 10_000),
    'and asked for anew later: it may be moved by then',
  )
  const nobody = openMoveSearch({ database: test.prisma, log: test.logger, findIssueOf: () => undefined })
  t.equal(await findMove(nobody, crm, [link('B-1')]), undefined, 'no organization, nobody to ask')
})
