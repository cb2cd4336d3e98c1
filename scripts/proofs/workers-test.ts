// Kills a worker of two each second for 20 s under 200 calls a second: no call may fail. As a control the only process of a server
// without workers is killed and started again, which must show failures. Then compares two workers with one, in pairs of turns, beside a
// database in a process of its own: two may not fall behind one. Exit code 1 if something does not hold.
// Usage: npm run test:workers [-- SECONDS [PAIRS [RATE]]]; 20, 12 and 200 by default. On a machine that does other things, too, take a lower rate:
// what a server can't do in time it refuses, and that counts as failed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stateOf } from '../../bench/measure/paired-ratio.ts'
import { createPrismaClient } from '../../src/storage/database/connection/connect.ts'
import { startEmbeddedPostgres } from '../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { putObjects } from '../../src/storage/objects/put-objects.ts'
import type { RemoteKey } from '../../src/tracker-contract/remote-key.ts'
import { object, usualRate } from './rolling/open-loop.ts'
import { compare, type Kind } from './workers/compare.ts'
import { killOldest, killUnderLoad, tellKilling } from './workers/kill-workers.ts'
import { startWorkersServer } from './workers/server.ts'

const [seconds = 20, pairs = 12, rate = usualRate] = process.argv.slice(2).map(Number)
/** Of the calls per second of one worker: less is falling behind. */
const least = 0.95

const log = { info: () => {}, warn: () => {}, error: () => {} }
const folder = await mkdtemp(join(tmpdir(), 'tracker-links-workers-'))
const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log })
const databaseUrl = await postgres.url('postgres')
const isRight: boolean[] = []
try {
  const two = await startWorkersServer(folder, databaseUrl, 2)
  const one = await startWorkersServer(folder, databaseUrl, 1)
  const prisma = createPrismaClient({ databaseUrl, log, size: 1, limitSessions: true })
  await putObjects(prisma, 'crm', [{ key: object as RemoteKey, summary: 'A deal', status: { name: 'Open' } }])
  await prisma.$disconnect()

  const calm = await killUnderLoad(two, { seconds: seconds / 4, kill: async () => {}, name: 'calm', rate })
  // If this fails, the machine is too busy for the rest.
  isRight.push(tellKilling('two workers, none killed', { ...calm, kills: 0 }) === 0)
  const killed = await killUnderLoad(two, { seconds, kill: killOldest, name: 'two', rate })
  isRight.push(tellKilling('two workers, one killed each second', killed) === 0)
  const restart = ({ restart }: typeof one) => restart()
  const control = await killUnderLoad(one, { seconds: seconds / 4, kill: restart, name: 'one', rate })
  isRight.push(tellKilling('control: one process, killed and started again', control) > 0)

  for (const kind of ['card', 'creation'] satisfies Kind[]) {
    const { callsPerSecond: rate, timePerCall: time } = await compare(two, one, { kind, pairs })
    const state = stateOf(rate, { least })
    isRight.push(state !== 'missed')
    const told = [rate, time].map(({ median, low, high }) => [median, low, high].map(n => n.toFixed(2)).join(' '))
    console.log(
      `${kind}: two workers / one: calls per second ${told[0]} (median, 95 % interval; at least ${least}: ${state}), processor time per call ${told[1]}`,
    )
  }
  await Promise.all([two.stop(), one.stop()])
} finally {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
console.log(isRight.every(Boolean) ? 'PASSED' : 'FAILED')
process.exitCode = isRight.every(Boolean) ? 0 : 1
