import t from 'tap'
import { type LinkChange, linkChanger } from '../../../src/storage/links/link-changes.ts'
import type { LinkKeys } from '../../../src/storage/links/link-keys.ts'
import { testDatabase } from '../../support/test-database.ts'

const link = (text: string) => {
  const [issueKey, remoteKey] = text.split(' ')
  return { issueKey, remoteKey } as LinkKeys
}
const change = (kind: LinkChange['kind'], links: string[], login = 'ann', applicationId = 'crm'): LinkChange => ({
  kind,
  applicationId,
  links: links.map(link),
  actor: { kind: 'user', login, uid: 9_007_199_254_740_993n },
})
const texts = (links: readonly LinkKeys[]) => links.map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`)

t.test('changes of one moment do to each caller what they would do alone', async t => {
  const { prisma } = await testDatabase(t)
  const make = linkChanger(prisma)
  const results = await Promise.all(
    [
      change('create', ['A-1 x', 'A-1 y'], 'ann'),
      change('create', ['A-1 y', 'A-1 z'], 'bob'),
      change('create', ['A-1 x'], 'eve', 'gitlab'),
      change('remove', ['A-1 x'], 'bob'),
      change('remove', ['A-1 x'], 'eve'),
      change('remove', ['A-1 y', 'A-1 z'], 'eve'),
      change('remove', ['A-1 none', 'A-1 z'], 'eve'),
      change('create', ['A-1 x'], 'ann'),
    ].map(make),
  )
  t.same(results.map(texts), [
    ['A-1 x', 'A-1 y'],
    ['A-1 z'],
    ['A-1 x'],
    ['A-1 x'],
    [],
    ['A-1 y', 'A-1 z'],
    ['A-1 z'],
    ['A-1 x'],
  ])
  const stored = await prisma.link.findMany({ orderBy: [{ applicationId: 'asc' }, { remoteKey: 'asc' }] })
  t.same(
    stored.map(row => `${row.applicationId} ${row.remoteKey}`),
    ['crm x', 'crm y', 'gitlab x'],
  )
  const events = await prisma.linkEvent.findMany({ orderBy: { id: 'asc' }, where: { applicationId: 'crm' } })
  t.same(events.map(event => `${event.kind} ${event.remoteKey} ${event.actorLogin}`).sort(), [
    'created x ann',
    'created x ann',
    'created y ann',
    'created z bob',
    'removed x bob',
    'removed z eve',
  ])
  t.ok(events.every(event => event.actorUid === 9_007_199_254_740_993n))
})

t.test('a change that the database refuses fails alone, and leaves nothing behind', async t => {
  const { prisma } = await testDatabase(t)
  const make = linkChanger(prisma)
  const results = await Promise.allSettled([
    make(change('create', ['A-1 x'])),
    make(change('create', ['A-1 good', `A-1 ${'k'.repeat(300)}`])),
    make(change('create', ['A-1 y'])),
  ])
  t.same(
    results.map(result => result.status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  const stored = await prisma.link.findMany({ orderBy: { remoteKey: 'asc' } })
  t.same(
    stored.map(row => row.remoteKey),
    ['x', 'y'],
  )
  t.equal(await prisma.linkEvent.count(), 2)
})

t.test('links of several issues are made if they are missing; if all are there, nothing is written', async t => {
  const { prisma } = await testDatabase(t)
  const make = linkChanger(prisma)
  const first = ['A-1 x', 'A-2 x', 'A-1 y']
  t.same(texts(await make(change('create', first))), first)
  const more = ['A-2 y', 'A-1 y', 'A-3 "{,', 'A-1 x', 'A-2 x', 'A-1 x']
  t.same(texts(await make(change('create', more))), ['A-2 y', 'A-3 "{,'])
  t.equal(await prisma.linkEvent.count(), 5)
  const wrote = await prisma.$transaction(async tx => {
    t.same(await linkChanger(tx)(change('create', [...first, ...more])), [])
    const [row] = await tx.$queryRaw<{ id: string | null }[]>`SELECT pg_current_xact_id_if_assigned()::text AS id`
    return row?.id
  })
  t.equal(wrote, null)
})

t.test('creating and removing the same links from many connections ends in a history that adds up', async t => {
  const { prisma } = await testDatabase(t)
  const lanes = [linkChanger(prisma), linkChanger(prisma), linkChanger(prisma)]
  const keys = ['A-1 a', 'A-1 b', 'A-1 c', 'B-1 a', 'B-1 b']
  const counts = new Map<string, number>()
  await Promise.all(
    Array.from({ length: 300 }, async (_, index) => {
      const make = lanes[index % lanes.length] as (typeof lanes)[number]
      const chosen = keys.filter((_key, position) => (index * 7 + position * 3) % 5 < 2)
      if (index % 2 === 0)
        for (const one of texts(await make(change('create', chosen)))) counts.set(one, (counts.get(one) ?? 0) + 1)
      else
        for (const one of texts(await make(change('remove', chosen.slice(0, 1)))))
          counts.set(one, (counts.get(one) ?? 0) - 1)
    }),
  )
  const stored = (await prisma.link.findMany()).map(row => `${row.issueKey} ${row.remoteKey}`)
  for (const key of keys) t.equal(counts.get(key) ?? 0, stored.includes(key) ? 1 : 0, `${key}: told and stored agree`)
  const events = await prisma.linkEvent.findMany({ orderBy: { id: 'asc' } })
  for (const key of keys) {
    const kinds = events.filter(event => `${event.issueKey} ${event.remoteKey}` === key).map(event => event.kind)
    t.ok(
      kinds.every((kind, index) => kind === (index % 2 === 0 ? 'created' : 'removed')),
      `${key}: created and removed in turn`,
    )
  }
})
