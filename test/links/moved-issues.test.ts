import { Client } from 'pg'
import t, { type Test } from 'tap'
import { noteMove } from '../../src/links/moved-issues.ts'
import { linkChanger } from '../../src/storage/links/link-changes.ts'
import { listHistory } from '../../src/storage/links/link-history.ts'
import type { LinkKeys } from '../../src/storage/links/link-keys.ts'
import { countLinks, listLinks } from '../../src/storage/links/list-links.ts'
import { moveLinks } from '../../src/storage/links/moved/move-links.ts'
import { noteKeys } from '../../src/storage/links/moved/note-keys.ts'
import type { PrismaClient } from '../../src/storage/prisma-client/client.ts'
import type { IssueKey } from '../../src/tracker-contract/issue-key.ts'
import { runSql, type TestDatabase, testDatabase } from '../support/test-database.ts'
import { until } from '../support/until.ts'

const [a, b, c] = ['A-1', 'B-1', 'C-1'] as IssueKey[] as [IssueKey, IssueKey, IssueKey]
const actor = { kind: 'tracker' } as const
const issueId = 'id'

/** What a server does with links, by texts such as `A-1 x`; each has found out for itself whether issues were moved. */
function replica(prisma: PrismaClient) {
  const change = linkChanger(prisma)
  const does =
    (kind: 'create' | 'remove') =>
    async (...texts: string[]) => {
      const links = texts.map(text => {
        const [issueKey, remoteKey] = text.split(' ')
        return { issueKey, remoteKey } as LinkKeys
      })
      const changed = await change({ kind, applicationId: 'crm', links, actor })
      return changed.map(({ issueKey, remoteKey }) => `${issueKey} ${remoteKey}`)
    }
  return { create: does('create'), remove: does('remove') }
}

const stored = async (prisma: PrismaClient) =>
  (await prisma.link.findMany({ orderBy: [{ issueKey: 'asc' }, { remoteKey: 'asc' }] })).map(
    link => `${link.issueKey} ${link.remoteKey}`,
  )
const aliases = async (prisma: PrismaClient) =>
  (await prisma.issueAlias.findMany({ orderBy: { alias: 'asc' } })).map(row => `${row.alias} is ${row.issueKey}`)

async function session(t: Test, { url }: TestDatabase): Promise<(statement: string) => Promise<unknown>> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return statement => client.query(statement)
}

t.test('an issue moved twice is one issue under its three keys, also when it comes back', async t => {
  const { prisma } = await testDatabase(t)
  const { create, remove } = replica(prisma)
  await create('A-1 x', 'A-1 y')
  t.match(await noteMove(prisma, 'crm', { issueId, key: b, formerKeys: [a] }), { links: 2, merged: 0 })
  t.same(await create('B-1 z'), ['B-1 z'])
  t.match(await noteMove(prisma, 'crm', { issueId, key: c, formerKeys: [b] }), { formerKeys: [a, b], links: 3 })
  t.same(await aliases(prisma), ['A-1 is C-1', 'B-1 is C-1'], 'every former key gives the newest')
  t.same(await stored(prisma), ['C-1 x', 'C-1 y', 'C-1 z'])
  t.same(await noteMove(prisma, 'crm', { issueId, key: c, formerKeys: [a, b] }), {
    key: c,
    formerKeys: [a, b],
    links: 0,
    merged: 0,
  })

  for (const issueKey of [a, b, c]) {
    t.equal((await listLinks(prisma, 'crm', { issueKey }, { limit: 10 })).length, 3)
    t.equal(await countLinks(prisma, 'crm', { issueKey }), 3)
    const events = await listHistory(prisma, 'crm', { issueKey }, { limit: 10 })
    t.same(
      events.map(event => event.issueKey),
      [a, a, b],
      'history keeps the key as it was',
    )
    t.same(await create(`${issueKey} x`), [], 'a repeated creation makes no second link')
  }
  t.same(await create('A-1 new', 'B-1 new', 'C-1 new', 'B-1 y'), ['A-1 new'])
  t.same(await remove('C-1 new'), ['C-1 new'])
  t.same(await remove('A-1 x'), ['A-1 x'])
  t.same(await remove('C-1 x'), [])
  t.same(await Promise.all(['A-1 y', 'B-1 y', 'C-1 y'].map(text => remove(text))), [['A-1 y'], [], []], 'once')
  t.same(await remove('B-1 none', 'A-1 z'), ['A-1 z'], 'of two readings the one that is stored')
  t.same(await stored(prisma), [])

  await create('C-1 x')
  await noteMove(prisma, 'crm', { issueId, key: a, formerKeys: [c] })
  t.same(await aliases(prisma), ['B-1 is A-1', 'C-1 is A-1'], 'a key that it has again is no former one')
  t.same(await stored(prisma), ['A-1 x'])
  t.same(await create('B-1 x'), [])
  t.match(await prisma.link.findFirst(), { issueId })
})

const mirrored = (issue: string, object: string, more: string) =>
  `INSERT INTO link_mirror (application_id, issue_key, remote_key, wanted, generation, agreed, remote_link_id, lease_token)
   VALUES ('crm', '${issue}', '${object}', ${more})`

t.test('links that both keys have become one, as old as the older; what the mirror knows moves too', async t => {
  const { prisma, url } = await testDatabase(t)
  const { create } = replica(prisma)
  await create('A-1 x', 'A-1 y', 'B-1 x', 'B-1 own')
  await runSql(
    url,
    `UPDATE link SET created_at = '2020-01-01' WHERE issue_key = 'A-1'`,
    mirrored('A-1', 'x', `'linked', 7, 'linked', '51', NULL`),
    mirrored('B-1', 'x', `'absent', 2, NULL, NULL, 'worker'`),
    mirrored('A-1', 'y', `'linked', 3, 'linked', '52', NULL`),
    `INSERT INTO mirror_stop (application_id, issue_key, reason, next_at) VALUES ('crm', 'A-1', 'issue-unknown', now())`,
  )
  const noted = await noteMove(prisma, 'crm', { issueId, key: b, formerKeys: [a] }, { linksOfStep: 1 })
  t.match(noted, { links: 2, merged: 1 })
  t.same(await stored(prisma), ['B-1 own', 'B-1 x', 'B-1 y'])
  t.match(await prisma.link.findFirst({ where: { remoteKey: 'x' } }), { createdAt: new Date('2020-01-01'), issueId })
  const rows = await prisma.linkMirror.findMany({ orderBy: { remoteKey: 'asc' } })
  t.match(rows, [
    {
      issueKey: b,
      remoteKey: 'x',
      wanted: 'linked',
      generation: 10n,
      inDoubt: true,
      remoteLinkId: null,
      leaseToken: 'worker',
    },
    { issueKey: b, remoteKey: 'y', wanted: 'linked', generation: 3n, inDoubt: false, remoteLinkId: '52', nextAt: null },
  ])
  t.ok(rows[0]?.nextAt, 'which of two is right is looked up')
  t.equal(await prisma.mirrorStop.count(), 0)
})

t.test('a move that was cut off has lost nothing, and the same call goes on', async t => {
  const { prisma } = await testDatabase(t)
  const { create, remove } = replica(prisma)
  await create(...Array.from({ length: 30 }, (_, index) => `A-1 k${index + 10}`))
  await noteKeys(prisma, 'crm', { issueId, key: b, formerKeys: [a] })
  await moveLinks(prisma, 'crm', { issueId, former: a }, 10)
  t.equal(await countLinks(prisma, 'crm', { issueKey: a }), 30)
  t.equal(await countLinks(prisma, 'crm', { issueKey: b }), 30)
  t.same(await create('B-1 k39', 'A-1 k39', 'B-1 k10'), [], 'stored under either key')
  t.same(await remove('B-1 k39'), ['B-1 k39'])
  t.same(await remove('A-1 k10'), ['A-1 k10'])
  t.match(await noteMove(prisma, 'crm', { issueId, key: b, formerKeys: [a] }), { links: 19 })
  t.equal((await stored(prisma)).filter(text => text.startsWith('B-1 ')).length, 28)
})

t.test(
  'a link of a writer that does not know the move yet is moved as well; without waiting for it, it is not',
  async t => {
    for (const isWaitedFor of [true, false]) {
      const database = await testDatabase(t)
      const { prisma } = database
      const writer = await session(t, database)
      await writer('BEGIN')
      await writer(`INSERT INTO link (application_id, issue_key, remote_key) VALUES ('crm', 'A-1', 'late')`)
      if (isWaitedFor) {
        const moved = noteMove(prisma, 'crm', { issueId, key: b, formerKeys: [a] })
        await until(async () => (await aliases(prisma)).length > 0)
        await writer('COMMIT')
        await moved
      } else {
        await noteKeys(prisma, 'crm', { issueId, key: b, formerKeys: [a] })
        await moveLinks(prisma, 'crm', { issueId, former: a }, 10)
        await writer('COMMIT')
      }
      t.same(await stored(prisma), [isWaitedFor ? 'B-1 late' : 'A-1 late'])
    }
  },
)

t.test('a link that is removed while it is moved stays removed, and no other with it', async t => {
  const database = await testDatabase(t)
  const { prisma } = database
  const { create } = replica(prisma)
  await create('A-1 x', 'A-1 y', 'C-1 x')
  await prisma.link.create({ data: { applicationId: 'erp', issueKey: 'A-1', remoteKey: 'x' } })
  await noteKeys(prisma, 'crm', { issueId, key: b, formerKeys: [a] })
  const writer = await session(t, database)
  await writer('BEGIN')
  await writer(`DELETE FROM link WHERE application_id = 'crm' AND issue_key = 'A-1' AND remote_key = 'x'`)
  const moved = moveLinks(prisma, 'crm', { issueId, former: a }, 10)
  const waits = () => prisma.$queryRaw<unknown[]>`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  await until(async () => (await waits()).length > 0)
  await writer('COMMIT')
  t.match(await moved, { links: 1, merged: 0 })
  t.same(await stored(prisma), ['A-1 x', 'B-1 y', 'C-1 x'])
  t.match(await prisma.link.findMany({ where: { issueKey: 'A-1' } }), [{ applicationId: 'erp' }])
})

t.test('a writer that does not end stops the move for a while, and loses nothing', async t => {
  const database = await testDatabase(t)
  const writer = await session(t, database)
  await writer('BEGIN')
  await writer(`INSERT INTO link (application_id, issue_key, remote_key) VALUES ('crm', 'A-1', 'late')`)
  const move = { issueId, key: b, formerKeys: [a] }
  await t.rejects(noteMove(database.prisma, 'crm', move, { wait: 0 }), { code: 'database-busy' })
  await writer('COMMIT')
  t.equal(await countLinks(database.prisma, 'crm', { issueKey: b }), 1, 'found under the present key all the same')
  t.match(await noteMove(database.prisma, 'crm', move), { links: 1 })
})

t.test('a removal that meets its link on the move removes it where it has gone', async t => {
  const database = await testDatabase(t)
  const { prisma } = database
  const { create, remove } = replica(prisma)
  await create('A-1 x')
  await noteKeys(prisma, 'crm', { issueId, key: b, formerKeys: [a] })
  const mover = await session(t, database)
  await mover('BEGIN')
  await mover(`UPDATE link SET issue_key = 'B-1'`)
  const removed = remove('A-1 x')
  await until(async () => (await runSql(database.url, blocked)).length > 0)
  await mover('COMMIT')
  t.same(await removed, ['A-1 x'])
  t.same(await stored(prisma), [])
  t.match(await prisma.linkEvent.findFirst({ where: { kind: 'removed' } }), { issueKey: b })
})

const blocked = `
  SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`

t.test('creations and removals beside moves: nothing is lost, nothing is doubled', async t => {
  const { prisma } = await testDatabase(t)
  const keys: IssueKey[] = [a]
  const moves = { areOver: false }
  const faults: string[] = []
  // Each object has a worker of its own, so that it is known what every change has to find.
  const work = async (object: string, seed: number) => {
    let [isLinked, turn] = [false, seed]
    for (; !moves.areOver; turn++) {
      // A fresh replica takes the issue for one that was never moved.
      const { create, remove } = turn % 5 === 0 ? replica(prisma) : known
      const text = `${keys[turn % keys.length]} ${object}`
      const changed = await (isLinked ? remove(text) : create(text))
      if (changed.length !== 1) faults.push(`${isLinked ? 'remove' : 'create'} ${text}: ${changed.length}`)
      isLinked = !isLinked
    }
    return isLinked ? [object] : []
  }
  const known = replica(prisma)
  const workers = Array.from({ length: 12 }, (_, index) => work(`w${index}`, index))
  await known.create(...Array.from({ length: 100 }, (_, index) => `A-1 still${index}`))
  for (const key of [b, c, a, b, c] as IssueKey[]) {
    const formerKeys = [keys.at(-1) as IssueKey]
    await noteMove(prisma, 'crm', { issueId, key, formerKeys }, { linksOfStep: 10 })
    keys.push(key)
  }
  moves.areOver = true
  const linked = (await Promise.all(workers)).flat()
  t.same(faults, [])
  const still = Array.from({ length: 100 }, (_, index) => `still${index}`)
  t.same(await stored(prisma), [...linked, ...still].map(object => `C-1 ${object}`).sort())
})

t.test('a move without an id of the issue, or to what is no key, is refused, and nothing is noted', async t => {
  const { prisma } = await testDatabase(t)
  await t.rejects(noteMove(prisma, 'crm', { issueId: '', key: b, formerKeys: [a] }), /no issue key/)
  await t.rejects(noteMove(prisma, 'crm', { issueId, key: 'B', formerKeys: [a] }), /no issue key/)
  t.same(await aliases(prisma), [])
})
