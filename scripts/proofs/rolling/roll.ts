import { setTimeout as sleep } from 'node:timers/promises'
import { createPrismaClient } from '../../../src/storage/database/connection/connect.ts'
import { putObjects } from '../../../src/storage/objects/put-objects.ts'
import type { PrismaClient } from '../../../src/storage/prisma-client/client.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import type { Balancer } from './balancers.ts'
import { callOpenLoop, type Load, object } from './open-loop.ts'
import { type Replica, startReplicas } from './replicas.ts'

export type Ground = { folder: string; databaseUrl: string }
export type Plan = Ground & {
  replicas: number
  restarts: number
  /** How a replica is restarted; as an update does by default. */
  end?: (replica: Replica) => Promise<void>
}
export type Outcome = {
  name: string
  replicas: number
  restarts: number
  seconds: number
  load: Load
  wrong: number
  /** Calls that the client repeated because their connection was reset; undefined behind a proxy. */
  cut: number | undefined
  /** What the servers and the proxy logged as errors. */
  logged: string[]
}

const silent = { info: () => {}, warn: () => {}, error: () => {} }
let runs = 0

/** Restarts replicas in turn under load, and compares the links with what was acknowledged. */
export async function roll(balancer: Balancer, plan: Plan): Promise<Outcome> {
  const { folder, databaseUrl, replicas: count, restarts, end = replica => replica.restart() } = plan
  const started = performance.now()
  const run = `run-${++runs}`
  const replicas = await startReplicas(folder, count, { DATABASE_URL: databaseUrl, ...balancer.env })
  const prisma = createPrismaClient({ databaseUrl, log: silent, size: 2, limitSessions: true })
  await putObjects(prisma, 'crm', [{ key: object as RemoteKey, summary: 'A deal', status: { name: 'Open' } }])
  const running = await balancer.start(
    folder,
    replicas.map(({ address }) => address),
  )
  let isOver = false
  const loading = callOpenLoop(running.call, run, () => isOver)
  await sleep(1_000)
  for (let restart = 0; restart < restarts; restart++) await end(replicas[restart % count] as Replica)
  await sleep(1_000)
  isOver = true
  const load = await loading
  await running.stop()
  const wrong = await countWrongLinks(prisma, load, run)
  await prisma.$disconnect()
  await Promise.all(replicas.map(replica => replica.stop()))
  const seconds = (performance.now() - started) / 1_000
  return {
    name: balancer.name,
    replicas: count,
    restarts,
    seconds,
    load,
    wrong,
    cut: running.cut?.count,
    logged: [...replicas.flatMap(({ log }) => log()), ...(running.log?.() ?? [])],
  }
}

/** Links that were acknowledged and are not there, or were removed and are. */
async function countWrongLinks(prisma: PrismaClient, { links }: Load, run: string): Promise<number> {
  const rows = await prisma.$queryRaw<{ remote_key: string }[]>`
    SELECT remote_key FROM link WHERE application_id = 'crm' AND remote_key LIKE ${`${run}-%`}`
  const stored = new Set(rows.map(row => row.remote_key))
  return [...links].filter(([key, state]) => stored.has(key) !== (state === 'there')).length
}

export const failures = ({ load }: Outcome) => [...load.failed.values()].reduce((sum, count) => sum + count, 0)

/** Calls that may meet a connection in the moment in which a server stops listening: without `Connection: close` each restart has some. */
const mostCut = 2

/** Prints one line; returns whether nothing failed, all links are right and hardly a call was cut. A control is meant to fail. */
export function tellOutcome(outcome: Outcome, isControl = false): boolean {
  const { name, replicas, restarts, seconds, load, wrong, cut } = outcome
  const sorted = load.took.toSorted((one, other) => one - other)
  const quantile = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0)
  const reasons = [...load.failed].map(([reason, count]) => `${count} × ${reason}`).join(', ')
  const isRight = failures(outcome) === 0 && wrong === 0 && (cut ?? 0) <= mostCut
  console.log(
    [
      `${isRight || isControl ? 'ok' : 'NOT OK'}  ${name}, ${replicas} replicas, ${restarts} restarts:`,
      `${load.calls} calls, ${failures(outcome)} failed${reasons && ` (${reasons})`};`,
      ...(cut === undefined ? [] : [`${cut} repeated after a reset;`]),
      `${load.links.size} links checked, ${wrong} wrong;`,
      `p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, longest ${quantile(1)} ms,`,
      `begun at most ${Math.round(load.latest)} ms late; ${Math.round(seconds)} s`,
    ].join(' '),
  )
  if (!isRight && !isControl) for (const line of outcome.logged.slice(0, 10)) console.log(`        ${line}`)
  return isRight
}
