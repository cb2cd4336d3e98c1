import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from '../load/calls.ts'
import { watchChanges } from '../load/change-watch.ts'
import { openConnection } from '../load/connection.ts'
import { linkedKeys, objectKey } from '../load/data.ts'
import { dialectOf } from '../load/dialects.ts'
import type { Target } from '../load/job.ts'
import { addLinks } from '../world/databases.ts'
import type { Postgres } from '../world/postgres.ts'
import type { Running } from '../world/start-program.ts'
import { BenchFault } from './bench-fault.ts'
import { buildCommitGate, type CommitGate } from './commit-gate.ts'

const durableSettings = ['fsync', 'synchronous_commit', 'full_page_writes']
/** Milliseconds within which a program would answer that does not wait for the commit. */
const temptation = 250

/** Throws if PostgreSQL does not write commits to the disk; returns the settings that say so. */
export async function checkDurability(postgres: Postgres): Promise<Record<string, string>> {
  const settings: Record<string, string> = {}
  for (const name of durableSettings) {
    const [row] = await postgres.query('postgres', `SHOW ${name}`)
    settings[name] = String(row?.[name])
    if (settings[name] !== 'on') throw new Error(`PostgreSQL runs with ${name} = ${settings[name]}.`)
  }
  return settings
}

/**
 * Checks that a program may be compared at all: it answers rightly, refuses callers without the token, and acknowledges a change
 * only after its commit. Throws BenchFault. Runs once for each database.
 */
export async function checkHonesty(running: Running, postgres: Postgres, database: string): Promise<void> {
  const { program, target } = running
  const several = program.works.includes('create-50') ? 50 : 1
  const changes: Call[] = [
    { kind: 'create', issueKey: 'PROBE-1', remoteKeys: [objectKey(1)] },
    { kind: 'create', issueKey: 'PROBE-2', remoteKeys: linkedKeys(1, several, 1_000) },
    { kind: 'remove', issueKey: 'PROBEGONE-1', remoteKeys: [objectKey(1)] },
  ]
  const card: Call = { kind: 'info', object: 3 }
  await askRightly(running, card)
  for (const call of program.checksToken ? [card, ...changes] : []) {
    const { status } = await ask({ ...target, token: 'wrong' }, call)
    if (status !== 401) throw new BenchFault(program, `answered ${status} to ${call.kind} with a wrong token`)
  }
  if (target.databaseUrl === undefined) return

  await addLinks(postgres, database, 'PROBEGONE', { issues: 1, keys: 1, stride: 1, objects: 1_000 })
  const gate = await buildCommitGate(target.databaseUrl)
  try {
    for (const call of changes) {
      await checkCommit(running, gate, call)
      await checkStored(running, target.databaseUrl, call)
    }
  } finally {
    await gate.remove()
  }
}

/** Holds the commit of a change back: it may not be acknowledged meanwhile, and must be committed durably. */
async function checkCommit(running: Running, gate: CommitGate, call: Call): Promise<void> {
  await gate.close()
  let isAcknowledged = false
  const answer = askRightly(running, call).finally(() => {
    isAcknowledged = true
  })
  // It is awaited below; until then nobody handles its failure.
  answer.catch(() => {})
  const isHeld = await gate.someoneWaits(5_000)
  await sleep(temptation)
  const isEarly = isAcknowledged
  const settings = await gate.open()
  await answer
  if (!isHeld) throw new BenchFault(running.program, `${call.kind} changed no link within 5 s`)
  if (isEarly) throw new BenchFault(running.program, `acknowledged ${call.kind} before the commit`)
  if (settings.join() !== 'on')
    throw new BenchFault(running.program, `commits with synchronous_commit = ${settings.join()}`)
}

/** Makes one call; throws BenchFault unless the answer is right. */
async function askRightly({ program, target }: Running, call: Call): Promise<void> {
  const dialect = dialectOf(target)
  const { status, body } = await ask(target, call)
  if (status !== dialect.status(call) || !dialect.isRight(call, body))
    throw new BenchFault(program, `answered ${call.kind} with ${status} ${body.slice(0, 200)}`)
}

/** Makes one call on a connection of its own. */
function ask(target: Target, call: Call): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const connection = openConnection(
      target.port,
      (status, body) => {
        connection.close()
        resolve({ status, body })
      },
      fault => reject(new Error(fault)),
    )
    connection.send(dialectOf(target).request(call))
  })
}

async function checkStored({ program }: Running, databaseUrl: string, call: Call): Promise<void> {
  const watch = await watchChanges(databaseUrl)
  watch.look(call)
  const { fault } = await watch.close()
  if (fault !== undefined) throw new BenchFault(program, fault)
}
