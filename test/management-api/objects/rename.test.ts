import t from 'tap'
import { testApi } from '../../support/test-api.ts'

const at = (key: string) => `/api/applications/crm/objects/${encodeURIComponent(key)}`

t.test('an object is renamed', async t => {
  const { call, links, objects, prisma } = await testApi(t)
  const put = (key: string) => call('PUT', at(key), { body: { summary: key, sequence: 7 } })
  const rename = (from: string, to: string, headers = {}) =>
    call('POST', `${at(from)}/rename`, { body: { to }, headers })
  const change = (kind: 'create' | 'remove', ...pairs: (readonly [number, string])[]) =>
    links.change({
      kind,
      applicationId: 'crm',
      links: pairs.map(([issue, key]) => ({ issueKey: `TEST-${issue}` as never, remoteKey: key as never })),
      actor: { kind: 'operator' },
    })
  const linked = async (key: string) =>
    (await links.list('crm', { remoteKey: key as never }, { limit: 1_000 })).map(({ issueKey }) => issueKey).toSorted()
  /** The links that a reader of the events arrives at, and those of the table. */
  const copies = async () => {
    const copy = new Set<string>()
    for (const { kind, issueKey, remoteKey } of await prisma.linkEvent.findMany({ orderBy: { id: 'asc' } })) {
      const name = `${issueKey} ${remoteKey}`
      if (copy.has(name) === (kind === 'created')) t.fail(`${name} is ${kind} twice`)
      if (kind === 'created') copy.add(name)
      else copy.delete(name)
    }
    const table = (await prisma.link.findMany()).map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`)
    return [[...copy].toSorted(), table.toSorted()] as const
  }

  await t.test('its links move with it, those that the new key had already stay', async t => {
    await put('old/1')
    await change('create', [1, 'old/1'], [2, 'old/1'], [2, 'new 1'], [3, 'new 1'])
    await prisma.link.updateMany({ where: { issueKey: 'TEST-1' }, data: { issueId: 'id-1', createdAt: new Date(0) } })
    const answer = await rename('old/1', 'new 1', { 'idempotency-key': 'rename-1' })
    t.same(answer.json(), { from: 'old/1', to: 'new 1', object: true, links: 2, merged: 1 })
    t.equal((await rename('old/1', 'new 1', { 'idempotency-key': 'rename-1' })).body, answer.body)
    t.same(await linked('new 1'), ['TEST-1', 'TEST-2', 'TEST-3'])
    t.same(await linked('old/1'), [])
    t.match(await prisma.link.findFirst({ where: { issueKey: 'TEST-1' } }), { issueId: 'id-1', createdAt: new Date(0) })
    t.match(await objects.find('crm', 'new 1' as never), { info: { key: 'new 1', summary: 'old/1' }, sequence: 7n })
    t.equal((await call('GET', at('old/1'))).statusCode, 404)
    t.same(...(await copies()))
    const events = await prisma.linkEvent.findMany({ where: { actorKind: 'application' }, orderBy: { id: 'asc' } })
    t.same(
      events.map(({ kind, issueKey, remoteKey, issueId }) => [kind, issueKey, remoteKey, issueId]),
      [
        ['removed', 'TEST-1', 'old/1', 'id-1'],
        ['created', 'TEST-1', 'new 1', 'id-1'],
        ['removed', 'TEST-2', 'old/1', null],
      ],
    )
    t.match(events[0]?.actorLogin, /^key /)
  })

  await t.test('a key that has an object is not taken, one without object and links is unknown', async t => {
    await put('taken')
    t.equal((await rename('new 1', 'taken')).json().code, 'object-exists')
    t.equal((await linked('new 1')).length, 3)
    t.equal((await rename('nothing', 'something')).json().code, 'object-unknown')
    t.equal((await rename('taken', 'taken')).json().code, 'body-invalid')
    t.equal((await rename('taken', 'a\0')).json().code, 'body-invalid')
    t.equal((await call('POST', `${at('taken')}/rename`, { body: {} })).json().code, 'body-invalid')
  })

  await t.test('links without an object move, too', async t => {
    await change('create', [9, 'linked only'])
    t.match((await rename('linked only', 'moved')).json(), { object: false, links: 1 })
    t.same(await linked('moved'), ['TEST-9'])
  })

  await t.test(
    'while links are created and removed under both keys nothing waits for ever, and a copy stays right',
    async t => {
      const ends = ['left', 'right'] as const
      const issues = Array.from({ length: 12 }, (_, index) => index + 100)
      const pairs = issues.flatMap(issue => ends.map(key => [issue, key] as const))
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let round = 0; round < 8; round++) {
          const some = pairs.filter((_, index) => (index * 7 + round * 3 + writer) % 5 < 2)
          if (writer % 2 === 0) await change('create', ...(round % 2 === 0 ? some : some.toReversed()))
          else for (const pair of some.slice(0, 4)) await change('remove', pair)
        }
      })
      const renamers = [0, 1].map(async offset => {
        for (let round = 0; round < 8; round++) {
          const { statusCode } = await rename(
            ends[(round + offset) % 2] as string,
            ends[(round + offset + 1) % 2] as string,
          )
          if (statusCode !== 200 && statusCode !== 404) t.fail(`renaming was answered ${statusCode}`)
        }
      })
      await Promise.all([...writers, ...renamers])
      t.same(...(await copies()))
    },
  )

  await t.test('of a push and a renaming to the same key both end, and neither is lost', async t => {
    for (let round = 0; round < 10; round++) {
      await put(`a${round}`)
      const [renamed, pushed] = await Promise.all([rename(`a${round}`, `b${round}`), put(`b${round}`)])
      t.ok([200, 409].includes(renamed.statusCode), renamed.body)
      t.equal(renamed.statusCode === 409, (await call('GET', at(`a${round}`))).statusCode === 200)
      t.ok(pushed.statusCode < 300)
    }
  })
})
