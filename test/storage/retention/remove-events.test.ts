import { Client } from 'pg'
import t, { type Test } from 'tap'
import { linkChanger } from '../../../src/storage/links/link-changes.ts'
import { linkFeed } from '../../../src/storage/links/link-feed.ts'
import type { LinkKeys } from '../../../src/storage/links/link-keys.ts'
import { closeLastPartition } from '../../../src/storage/retention/close-partition.ts'
import { readEventTable } from '../../../src/storage/retention/event-partitions.ts'
import { retentionLock } from '../../../src/storage/retention/in-turn.ts'
import { removeEvents } from '../../../src/storage/retention/remove-events.ts'
import { eventDatabase } from '../../support/old-events.ts'

const actor = { kind: 'tracker' } as const
const namesOf = async (session: Client) => (await readEventTable(session)).partitions.map(({ name }) => name)

/** Two closed partitions with old events, and the last one with young ones. */
async function oldEvents(t: Test) {
  const database = await eventDatabase(t)
  const { session, addEvents } = database
  await addEvents('crm', 100, 99)
  await closeLastPartition(session)
  await addEvents('crm', 70, 69)
  await addEvents('erp', 68)
  await closeLastPartition(session)
  await addEvents('crm', 20, 1)
  return database
}

t.test('numbers go on in a new partition, and the old one keeps its events', async t => {
  const { prisma, session } = await oldEvents(t)
  const { partitions } = await readEventTable(session)
  t.match(partitions, [
    { name: 'link_event_0', from: undefined, to: 2_000_000_000n, closing: undefined },
    { name: 'link_event_2000000000', from: 2_000_000_000n, to: 4_000_000_000n, closing: undefined },
    { name: 'link_event_4000000000', from: 4_000_000_000n, to: undefined, closing: undefined },
  ])
  const ids = (await prisma.linkEvent.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => Number(id))
  t.same(ids, [1, 2, 2_000_000_000, 2_000_000_001, 2_000_000_002, 4_000_000_000, 4_000_000_001])
})

t.test('a partition whose events are all too old is dropped; others stay whole', async t => {
  const { prisma, session } = await oldEvents(t)
  t.match(await removeEvents(session, 90), { partitions: ['link_event_0'], events: 0, inUse: false })
  t.equal(await prisma.linkEvent.count(), 5)
  t.match(await removeEvents(session, 90), { partitions: [], events: 0 }, 'once')
  t.match(await removeEvents(session, 30), { partitions: ['link_event_2000000000'], events: 0 })
  t.equal(await prisma.linkEvent.count(), 2)
  t.match(await removeEvents(session, undefined), { partitions: [], events: 0 }, 'without a limit nothing is old')
})

t.test('the oldest events of a partition that spans too long are deleted', async t => {
  const { prisma, session, addEvents } = await eventDatabase(t)
  await addEvents('crm', ...Array.from({ length: 1_500 }, () => 700), 390, 1)
  await addEvents('erp', 402, 1)
  const { events, closed } = await removeEvents(session, 360)
  t.equal(events, 1_502)
  t.equal(closed, 'link_event_0', 'and it is closed')
  t.same(await prisma.removedEvent.findMany({ select: { applicationId: true, id: true } }), [
    { applicationId: 'crm', id: 1_501n },
    { applicationId: 'erp', id: 1_503n },
  ])
  t.equal(await prisma.linkEvent.count(), 2)
})

t.test('the last partition is closed when its events span too long, or are many', async t => {
  const { session, addEvents } = await eventDatabase(t)
  t.match(await removeEvents(session, 360), { closed: undefined }, 'an empty one has time')
  await addEvents('crm', 29, 1)
  t.match(await removeEvents(session, 360), { closed: undefined })
  t.match(await removeEvents(session, 240), { closed: 'link_event_0' }, 'a twelfth of 240 days is over')
  await addEvents('crm', 1, 1, 1)
  const few = { numbers: 3n, milliseconds: Infinity }
  t.match(await removeEvents(session, undefined, few), { closed: undefined })
  await addEvents('erp', 1)
  t.match(await removeEvents(session, undefined, few), { closed: 'link_event_2000000000' })
})

t.test('a follower that has read what was removed goes on; one that has not is told', async t => {
  const { prisma, session, addEvents } = await oldEvents(t)
  const feed = linkFeed(prisma)
  const events = await prisma.linkEvent.findMany({ where: { applicationId: 'crm' }, orderBy: { id: 'asc' } })
  const [first, second, third] = events
  const erp = await prisma.linkEvent.findFirstOrThrow({ where: { applicationId: 'erp' } })
  await removeEvents(session, 90)
  t.equal(await feed.read('crm', first, 10), undefined, 'the second was not read')
  t.equal(await feed.read('crm', undefined, 10), undefined, 'nor was any')
  t.equal((await feed.read('crm', second, 10))?.events.length, 4)
  t.equal((await feed.read('crm', third, 10))?.events.length, 3)
  t.equal(await feed.read('crm', { id: 2n, occurredAt: new Date(0) }, 10), undefined, 'another event with its number')
  t.equal((await feed.read('erp', undefined, 10))?.events.length, 1, 'of this application nothing was removed')
  await removeEvents(session, 30)
  t.same(await feed.read('erp', erp, 10), { events: [], more: false }, 'all read, and none is left')
  t.same(await feed.end('erp'), {
    place: { applicationId: 'erp', id: erp.id, occurredAt: erp.occurredAt },
    isOpen: false,
  })
  await addEvents('erp', 0)
  t.equal((await feed.read('erp', erp, 10))?.events.length, 1)
})

t.test('what is removed while a page is read is not left out of it silently', async t => {
  const { prisma, session } = await oldEvents(t)
  const [first] = await prisma.linkEvent.findMany({ where: { applicationId: 'crm' }, orderBy: { id: 'asc' } })
  const findMany = prisma.linkEvent.findMany.bind(prisma.linkEvent)
  const removing = Object.create(prisma, {
    linkEvent: {
      value: {
        findMany: async (query: Parameters<typeof findMany>[0]) => {
          await removeEvents(session, 90)
          return await findMany(query)
        },
      },
    },
  })
  t.equal(await linkFeed(removing).read('crm', first, 10), undefined)
})

t.test('a reader that stays open holds up neither writers nor others, only the removal', async t => {
  const { prisma, session, url } = await oldEvents(t)
  const backup = new Client({ connectionString: url })
  await backup.connect()
  t.teardown(() => backup.end())
  await backup.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM link_event')
  const links = [{ issueKey: 'A-2', remoteKey: '1' } as LinkKeys]
  const write = () => linkChanger(prisma)({ kind: 'create', applicationId: 'crm', links, actor })
  const [removed] = await Promise.all([removeEvents(session, 90), write()])
  t.match(removed, { partitions: [], inUse: true })
  t.match(await removeEvents(session, undefined, { numbers: 1n, milliseconds: Infinity }), { inUse: true })
  await write()
  await backup.query('COMMIT')
  t.match(
    await removeEvents(session, 90),
    { partitions: ['link_event_0'], closed: 'link_event_4000000000' },
    'it goes on where it was stopped',
  )
  t.match(await readEventTable(session), { partitions: [{}, { closing: undefined }, { closing: undefined }] })
})

t.test('one process at a time changes the partitions', async t => {
  const { session, url } = await oldEvents(t)
  const other = new Client({ connectionString: url })
  await other.connect()
  t.teardown(() => other.end())
  await other.query(`BEGIN; SELECT pg_advisory_xact_lock(${retentionLock})`)
  t.match(await removeEvents(session, 90), { partitions: [], events: 0 })
  t.equal((await namesOf(session)).length, 3)
  await other.query('COMMIT')
  const both = await Promise.all([removeEvents(session, 90), removeEvents(other, 90)])
  t.same(
    both.flatMap(({ partitions }) => partitions),
    ['link_event_0'],
  )
})

t.test('writers and a follower miss nothing while partitions are closed and dropped', async t => {
  const { prisma, session } = await eventDatabase(t)
  const change = linkChanger(prisma)
  const feed = linkFeed(prisma)
  let place: Awaited<ReturnType<typeof feed.end>>['place']
  const followed: string[] = []
  const written: string[] = []
  const writing = { isOver: false }
  const write = async (writer: number) => {
    for (let number = 0; number < 150; number++) {
      const links = [{ issueKey: `A-${writer}`, remoteKey: String(number) } as LinkKeys]
      await change({ kind: 'create', applicationId: 'crm', links, actor })
      written.push(`A-${writer} ${number}`)
    }
  }
  const follow = async () => {
    const found = await feed.read('crm', place, 50)
    for (const event of found?.events ?? []) followed.push(`${event.issueKey} ${event.remoteKey}`)
    place = found?.events.at(-1) ?? place
    return found?.events.length ?? 0
  }
  const close = async () => {
    while (!writing.isOver) await removeEvents(session, undefined, { numbers: 40n, milliseconds: Infinity })
  }
  const followAll = async () => {
    while (!writing.isOver) await follow()
  }
  const others = [close(), followAll()]
  await Promise.all([1, 2, 3].map(write))
  writing.isOver = true
  await Promise.all(others)
  while ((await follow()) > 0);
  t.same(followed.toSorted(), written.toSorted())
  t.ok((await namesOf(session)).length > 2, 'several partitions were begun meanwhile')
})
