import { objectKey } from '../load/data.ts'
import type { ManagementClient } from '../load/management-client.ts'
import type { World } from '../world/open-world.ts'
import { programs } from '../world/programs.ts'
import { BenchFault } from './bench-fault.ts'
import type { Entrant } from './entrant.ts'
import { askedOf, type Ground, type ManagementWork } from './management-works.ts'
import type { ManagementCell } from './results.ts'
import { figure } from './statistics.ts'

/** Links 100 objects to an issue, so that the place before the newest 100 events is known. */
export async function openGround(client: ManagementClient, links: number): Promise<Ground> {
  const { next } = JSON.parse((await client.get('/events?after=latest')).body)
  const remoteKeys = Array.from({ length: 100 }, (_, n) => objectKey(n))
  await client.post('/links', JSON.stringify({ issueKey: 'FEED-1', remoteKeys }))
  return { client, links, feedCursor: next, pushed: 0 }
}

type Turn = { milliseconds: number; slowest: number; perSecond: number; processor: number; database: number }

/** The databases take turns at a work, after one that does not count. */
export async function takeTurns(
  world: World,
  entrants: readonly Entrant[],
  work: ManagementWork,
  rounds: number,
  tell: (line: string) => void,
): Promise<ManagementCell[]> {
  const turns = new Map<Entrant, Turn[]>(entrants.map(entrant => [entrant, []]))
  for (const entrant of entrants) await takeTurn(world, entrant, work)
  for (let round = 0; round < rounds; round++)
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed())
      turns.get(entrant)?.push(await takeTurn(world, entrant, work))
  const found = entrants.map(entrant => cellOf(entrant.size, work, turns.get(entrant) ?? []))
  tell(
    `${work}: ${found.map(({ size, milliseconds }) => `${size} links ${milliseconds.median.toFixed(2)} ms`).join(', ')}`,
  )
  return found
}

async function takeTurn(world: World, { running, ground }: Entrant, work: ManagementWork): Promise<Turn> {
  const { calls, things, call } = askedOf[work]
  const times: number[] = []
  const before = { server: running.processorTime(), database: world.postgres.processorTime() }
  for (let n = 0; n < calls; n++)
    try {
      times.push((await call(ground, n)).milliseconds)
    } catch (error) {
      throw new BenchFault(programs.ours, `${work}: ${(error as Error).message}`)
    }
  const total = times.reduce((sum, time) => sum + time, 0)
  const perCall = (from: number | undefined, to: number | undefined) =>
    (((to ?? Number.NaN) - (from ?? Number.NaN)) * 1e6) / calls
  running.takeLog()
  return {
    milliseconds: total / calls,
    slowest: Math.max(...times),
    perSecond: (calls * things * 1_000) / total,
    processor: perCall(before.server, running.processorTime()),
    database: perCall(before.database, world.postgres.processorTime()),
  }
}

function cellOf(size: number, work: ManagementWork, turns: readonly Turn[]): ManagementCell {
  const figureOf = (name: keyof Turn) => figure(turns.map(turn => turn[name]))
  return {
    size,
    work,
    milliseconds: figureOf('milliseconds'),
    slowest: figureOf('slowest'),
    perSecond: figureOf('perSecond'),
    processor: figureOf('processor'),
    database: figureOf('database'),
  }
}
