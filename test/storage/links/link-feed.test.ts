import { array, constantFrom, oneof, sample, tuple, uniqueArray } from 'fast-check'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { linkChanger } from '../../../src/storage/links/link-changes.ts'
import { type FeedPlace, type LinkFeed, linkFeed } from '../../../src/storage/links/link-feed.ts'
import type { LinkKeys } from '../../../src/storage/links/link-keys.ts'
import { testDatabase } from '../../support/test-database.ts'

const link = (issueKey: string, remoteKey: string) => ({ issueKey, remoteKey }) as LinkKeys
const write = (kind: 'created' | 'removed', remoteKey: string) =>
  `INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind)
   VALUES ('crm', '${kind}', 'A-1', '${remoteKey}', 'operator')`

/** A session of its own, for transactions that stay open. */
async function session(t: Test, url: string): Promise<(...statements: string[]) => Promise<void>> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return async (...statements) => {
    for (const statement of statements) await client.query(statement)
  }
}

async function keysOf(feed: LinkFeed, place?: FeedPlace, limit = 10) {
  const found = await feed.read('crm', place, limit)
  return found && { keys: found.events.map(event => event.remoteKey), more: found.more }
}

t.test('an event is not handed out while one with a lower id may still appear', async t => {
  const { prisma, url } = await testDatabase(t)
  const [slow, quick] = [await session(t, url), await session(t, url)]
  const feed = linkFeed(prisma)
  const impatient = linkFeed(prisma, 0)

  await slow('BEGIN', write('created', 'first'))
  await quick(write('created', 'second'))
  t.same(await keysOf(impatient), { keys: [], more: true }, 'held back, and said so')
  const asked = keysOf(feed)
  await slow('COMMIT')
  t.same(await asked, { keys: ['first', 'second'], more: false }, 'who waits gets both, in order')

  const place = (await feed.read('crm', undefined, 10))?.events.at(-1)
  await slow('BEGIN', write('created', 'never'))
  await quick(write('created', 'third'))
  t.same(await keysOf(impatient, place), { keys: [], more: true })
  await slow('ROLLBACK')
  t.same(await keysOf(impatient, place), { keys: ['third'], more: false }, 'it goes on after a rollback')

  await slow('BEGIN', 'SAVEPOINT s', write('created', 'undone'), 'ROLLBACK TO s', 'SELECT 1')
  t.same(await keysOf(impatient, place), { keys: ['third'], more: false }, 'what was undone holds nothing up')
  await slow('COMMIT')
})

t.test('a transaction that has written no event, or begins later, holds nobody up', async t => {
  const { prisma, url } = await testDatabase(t)
  const [idle, other, quick] = [await session(t, url), await session(t, url), await session(t, url)]
  const impatient = linkFeed(prisma, 0)
  await idle('BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT * FROM link_event', 'CREATE TABLE elsewhere (id int)')
  await quick(write('created', 'first'))
  t.same(await keysOf(impatient), { keys: ['first'], more: false })
  await other('BEGIN', write('created', 'last'))
  const place = (await prisma.linkEvent.findFirst()) ?? undefined
  t.same(
    await keysOf(impatient, place),
    { keys: [], more: false },
    'nothing is seen behind the place, nothing is waited for',
  )
  await Promise.all([idle('COMMIT'), other('COMMIT')])
  t.same(await keysOf(impatient, place), { keys: ['last'], more: false })
})

t.test('a feed is read in stretches, of one application, and knows a place that is not its own', async t => {
  const { prisma } = await testDatabase(t)
  const change = linkChanger(prisma)
  const feed = linkFeed(prisma)
  const actor = { kind: 'application', login: 'crm key' } as const
  t.same(await feed.read('crm', undefined, 2), { events: [], more: false })
  t.equal(await feed.latest('crm'), 0n)
  const links = ['a', 'b', 'c'].map(key => link('A-1', key))
  await change({ kind: 'create', applicationId: 'crm', links, actor })
  await change({ kind: 'create', applicationId: 'erp', links: [link('A-1', 'z')], actor })
  const first = await feed.read('crm', undefined, 2)
  t.equal(first?.more, true)
  const place = first?.events.at(-1)
  t.same(await keysOf(feed, place, 2), { keys: ['c'], more: false })
  t.match(first?.events[0], { actorKind: 'application', actorLogin: 'crm key' })
  t.equal(await feed.latest('crm'), (place?.id ?? 0n) + 1n)

  const elsewhen = { id: place?.id ?? 0n, occurredAt: new Date(0) }
  t.equal(await feed.read('crm', elsewhen, 2), undefined, 'the same id, given to another event')
  t.equal(await feed.read('erp', place, 2), undefined, 'of another application')
  t.equal(await feed.read('crm', { id: 9_000n, occurredAt: new Date() }, 2), undefined, 'not there yet')
})

t.test('a copy that follows the feed equals the links, whatever transactions do meanwhile', async t => {
  const { prisma, url } = await testDatabase(t)
  const sessions = await Promise.all(Array.from({ length: 6 }, () => session(t, url)))
  const feed = linkFeed(prisma)
  const copy = new Set<string>()
  const faults: string[] = []
  let place: FeedPlace | undefined
  const follow = async (limit: number) => {
    const found = await feed.read('crm', place, limit)
    for (const event of found?.events ?? []) {
      const { kind, remoteKey } = event
      if (copy.has(remoteKey) !== (kind === 'removed')) faults.push(`${kind} ${remoteKey}`)
      if (kind === 'created') copy.add(remoteKey)
      else copy.delete(remoteKey)
      place = event
    }
    return found?.more === true
  }

  for (const run of sessions) await run("SET lock_timeout = '10ms'")
  const running = new Set(sessions)
  const writers = sessions.map(async run => {
    for (const statements of sample(transaction, 40)) await run(...statements).catch(undo(run))
    running.delete(run)
  })
  while (running.size > 0) await follow(7)
  await Promise.all(writers)
  while (await follow(50));

  const stored = (await prisma.link.findMany()).map(({ remoteKey }) => remoteKey)
  t.same([...copy].sort(), stored.sort())
  t.same(faults, [], 'each link is created and removed in turn')
  t.equal(await prisma.linkEvent.count({ where: { applicationId: 'crm', id: { gt: place?.id ?? 0n } } }), 0)
})

/** Two transactions may want the same links in another order: one of them gives up. */
const undo = (run: (statement: string) => Promise<void>) => async (error: Error) => {
  if (!error.message.includes('lock timeout')) throw error
  await run('ROLLBACK')
}

const event = "INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind) SELECT 'crm',"
const insert = "INSERT INTO link (application_id, issue_key, remote_key) SELECT 'crm', 'A-1', key"
const create = (keys: string[]) =>
  `WITH made AS (${insert} FROM unnest('{${keys.join()}}'::text[]) AS key ON CONFLICT DO NOTHING RETURNING *)
   ${event} 'created', issue_key, remote_key, 'operator' FROM made`
const remove = (keys: string[]) =>
  `WITH gone AS (DELETE FROM link WHERE remote_key = ANY ('{${keys.join()}}') RETURNING *)
   ${event} 'removed', issue_key, remote_key, 'operator' FROM gone`
const rename = ([from = '', to = '']: string[]) => [remove([from]), create([to])]

const keys = uniqueArray(constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'), { minLength: 2, maxLength: 4 })
const step = oneof(
  keys.map(some => [create(some.toSorted())]),
  keys.map(some => [remove(some.toSorted())]),
  keys.map(rename),
  constantFrom(1, 5).map(milliseconds => [`SELECT pg_sleep(${milliseconds / 1_000})`]),
)
const transaction = tuple(
  array(step, { minLength: 1, maxLength: 4 }),
  constantFrom('COMMIT', 'COMMIT', 'COMMIT', 'ROLLBACK'),
).map(([steps, end]) => ['BEGIN', ...steps.flat(), end])
