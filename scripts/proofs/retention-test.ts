// Stores millions of events while links are created, closes their partition and drops it, and tells how long both took and how
// long a creation waited meanwhile. As a control, deletes as many rows one by one. Usage: node scripts/proofs/retention-test.ts [EVENTS]
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Session, withSession } from '../../src/storage/database/connection/session.ts'
import { type ChangeLinks, linkChanger } from '../../src/storage/links/link-changes.ts'
import type { LinkKeys } from '../../src/storage/links/link-keys.ts'
import { openStorage } from '../../src/storage/open-storage.ts'
import { removeEvents } from '../../src/storage/retention/remove-events.ts'

const events = Number(process.argv[2] ?? 3_000_000)
/** Milliseconds. */
const longest = { drop: 1_000, creation: 1_000 }

const log = { info: () => {}, warn: console.error, error: console.error }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-retention-'))
const storage = await openStorage({ dataDirectory: folder, log })
try {
  const { drop, slowest } = await withSession(storage.url, session => prove(session, linkChanger(storage.prisma)))
  if (drop > longest.drop || slowest > longest.creation) process.exitCode = 1
} finally {
  await storage.close()
  await rm(folder, { recursive: true, force: true })
}

async function prove(session: Session, change: ChangeLinks) {
  await store(session)
  const [size] = (await session.query(`SELECT pg_total_relation_size('link_event_0') AS bytes`)).rows
  console.log(`${events} events: ${Math.round(size.bytes / events)} bytes each, indexes included`)

  const closing = await meanwhile(change, () =>
    removeEvents(session, undefined, { numbers: 1n, milliseconds: Infinity }),
  )
  tell(`partition ${closing.result.closed} closed`, closing)
  // As if the links of a moment ago had been created long ago, too.
  await session.query(`UPDATE link_event_0 SET occurred_at = now() - interval '40 days' WHERE application_id = 'demo'`)
  const dropping = await meanwhile(change, () => removeEvents(session, 30))
  tell(`partition ${dropping.result.partitions.join()} dropped`, dropping)

  await store(session)
  const old = `DELETE FROM link_event WHERE application_id = 'old'`
  const deleting = await meanwhile(change, () => session.query(old))
  tell('control: the same by DELETE', deleting)
  return { drop: dropping.milliseconds, slowest: Math.max(closing.slowest, dropping.slowest) }
}

/** Events of a long time ago. */
async function store(session: Session): Promise<void> {
  await session.query(`
    INSERT INTO link_event (application_id, kind, issue_key, remote_key, actor_kind, occurred_at)
    SELECT 'old', 'created', 'TEST-' || number % 100000, number::text, 'tracker', now() - interval '40 days'
    FROM generate_series(1, ${events}) AS numbers (number)`)
}

/** Does work while links are created one after the other. */
async function meanwhile<T>(change: ChangeLinks, work: () => Promise<T>) {
  const waits: number[] = []
  const working = { isOver: false }
  const create = async () => {
    while (!working.isOver) {
      const began = performance.now()
      const links = [{ issueKey: 'NEW-1', remoteKey: String(began) } as LinkKeys]
      await change({ kind: 'create', applicationId: 'demo', links, actor: { kind: 'tracker' } })
      waits.push(performance.now() - began)
      await sleep(2)
    }
  }
  const created = create()
  const began = performance.now()
  const result = await work()
  const milliseconds = Math.round(performance.now() - began)
  working.isOver = true
  await created
  return { result, milliseconds, slowest: Math.round(Math.max(...waits)), creations: waits.length }
}

function tell(
  what: string,
  { milliseconds, slowest, creations }: { milliseconds: number; slowest: number; creations: number },
) {
  console.log(`${what}: ${milliseconds} ms; ${creations} links created meanwhile, the slowest in ${slowest} ms`)
}
