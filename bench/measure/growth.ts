import { applicationId } from '../load/data.ts'
import type { Job, Outcome, Work } from '../load/job.ts'
import { managementClient } from '../load/management-client.ts'
import { addLinks } from '../world/databases.ts'
import { bytesOnDisk, makeGrown, makeKey } from '../world/grown-database.ts'
import { openWorld, type World } from '../world/open-world.ts'
import { programs } from '../world/programs.ts'
import { BenchFault } from './bench-fault.ts'
import type { Entrant } from './entrant.ts'
import { type ManagementWork, managementWorks } from './management-works.ts'
import { idleMemory } from './memory.ts'
import type { Growth, GrowthCell } from './results.ts'
import { openGround, takeTurns } from './run-management.ts'
import { figure } from './statistics.ts'

/** Every size does the same work on the same cards and links: only the rows beside them grow in number. */
const workObjects = 10_000
const removable = 9_000
const rounds = 11

// Work that adds many rows comes last: it makes the small database larger, too.
const growthWorks: readonly Work[] = ['info-once', 'info', 'remove', 'create-1', 'create-50']
const [reads, writes] = [managementWorks.slice(0, -2), managementWorks.slice(-2)]

/**
 * Measures the server alone on databases of several sizes, in turns. Takes minutes to fill them: if the server does something wrong
 * in one work, the others are measured all the same, and it stands in `faults`. `isOfMemory`: nothing else is measured.
 */
export async function measureGrowth(
  sizes: readonly number[],
  { tell, isOfMemory = false }: { tell: (line: string) => void; isOfMemory?: boolean },
): Promise<Growth> {
  const world = await openWorld({ objects: 100, preload: { removable: 1, repeatable: 1 } })
  try {
    const entrants: Entrant[] = []
    const bytes: Growth['bytes'] = []
    for (const size of sizes) {
      const entrant = await fill(world, size)
      entrants.push(entrant)
      bytes.push({ size, ...(await bytesOnDisk(world.postgres, entrant.database)) })
      tell(`${size} links and objects: ready`)
    }
    const found: Required<Omit<Growth, 'imports'>> = { cells: [], management: [], bytes, memory: [], faults: [] }
    const keepFault = faultKeeper(found.faults, tell)
    const manage = async (works: readonly ManagementWork[]) => {
      for (const work of works)
        await keepFault(async () => found.management.push(...(await takeTurns(world, entrants, work, rounds, tell))))
    }
    const works = isOfMemory ? [] : growthWorks
    if (!isOfMemory) await manage(reads)
    for (const work of works)
      await keepFault(async () => found.cells.push(...(await runWork({ world, entrants, work, tell }))))
    if (!isOfMemory) await manage(writes)
    for (const entrant of entrants) await keepFault(async () => found.memory.push(await measureMemory(world, entrant)))
    return found
  } finally {
    await world.close()
  }
}

/** Does a part of the measuring; a fault of the server is kept, and ends that part only. */
const faultKeeper = (faults: string[], tell: (line: string) => void) => async (part: () => Promise<unknown>) => {
  try {
    await part()
  } catch (error) {
    if (!(error instanceof BenchFault)) throw error
    faults.push(error.message)
    tell(error.message)
  }
}

async function fill(world: World, size: number): Promise<Entrant> {
  const { postgres, config } = world
  const database = `grown_${size}`
  await makeGrown(postgres, { database, config, objects: size, links: size })
  const apiKey = await makeKey(postgres.url(database), config)
  const running = await world.start(programs.ours, database)
  const ground = await openGround(managementClient(running.adminPort, apiKey), size)
  return { size, database, apiKey, running, cursor: { created: 0, removed: 0, asked: 0 }, ground }
}

type Found = { perSecond: number[]; processor: number[]; database: number[] }

type Turns = { world: World; entrants: readonly Entrant[]; work: Work; tell: (line: string) => void }

async function runWork({ world, entrants, work, tell }: Turns): Promise<GrowthCell[]> {
  const found = entrants.map((): Found => ({ perSecond: [], processor: [], database: [] }))
  await world.postgres.query('postgres', 'CHECKPOINT')
  for (let round = 0; round < rounds; round++)
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      await prepare(world, entrant, work)
      // Cold cards are spread over the whole database; everything else is the same for every size.
      const objects = work === 'info-once' ? entrant.size : workObjects
      const before = { server: entrant.running.processorTime(), database: world.postgres.processorTime() }
      const outcome = await run(world, entrant, { work, objects, warmUp: 0.2, measure: 1 })
      const microseconds = (from: number | undefined, to: number | undefined) =>
        (((to ?? Number.NaN) - (from ?? Number.NaN)) * 1e6) / outcome.all
      const figures = found[entrants.indexOf(entrant)]
      figures?.perSecond.push(outcome.answers / outcome.seconds)
      figures?.processor.push(microseconds(before.server, entrant.running.processorTime()))
      figures?.database.push(microseconds(before.database, world.postgres.processorTime()))
    }
  const cells = entrants.map(({ size }, index) => cellOf(size, work, found[index] as Found))
  tell(`${work}: ${cells.map(({ size, perSecond }) => `${size} links ${Math.round(perSecond.median)}/s`).join(', ')}`)
  return cells
}

const cellOf = (size: number, work: Work, { perSecond, processor, database }: Found): GrowthCell => ({
  size,
  work,
  perSecond: figure(perSecond),
  processor: figure(processor),
  database: figure(database),
})

async function prepare(world: World, entrant: Entrant, work: Work): Promise<void> {
  entrant.cursor.asked = 0
  if (work === 'info-once') await restart(world, entrant)
  if (work === 'info') {
    await run(world, entrant, { work: 'info-once', objects: workObjects, warmUp: 0, measure: 5 })
    entrant.cursor.asked = 0
  }
  if (work !== 'remove') return
  const { postgres } = world
  await postgres.query(
    entrant.database,
    `DELETE FROM link WHERE application_id = '${applicationId}' AND issue_key >= 'GONE-' AND issue_key < 'GONE.'`,
  )
  await addLinks(postgres, entrant.database, 'GONE', { issues: removable, keys: 1, stride: 1, objects: workObjects })
  entrant.cursor.removed = 0
}

/** Memory of the server right after its start, and its peak while it answers cards from the whole database, then all works. */
async function measureMemory(world: World, entrant: Entrant): Promise<Growth['memory'][number]> {
  await restart(world, entrant)
  await prepare(world, entrant, 'remove')
  const idle = await idleMemory(entrant.running)
  const objects = entrant.size
  await run(world, entrant, { work: 'info-once', objects, warmUp: 0, measure: 60 })
  await run(world, entrant, { work: 'mix', objects, warmUp: 0, measure: 20, connections: 64 })
  return { objects, idle, most: entrant.running.memory()?.most ?? Number.NaN }
}

async function restart(world: World, entrant: Entrant): Promise<void> {
  entrant.ground.client.close()
  await entrant.running.stop()
  entrant.running = await world.start(programs.ours, entrant.database)
  entrant.ground.client = managementClient(entrant.running.adminPort, entrant.apiKey)
}

async function run(
  world: World,
  entrant: Entrant,
  job: Pick<Job, 'work' | 'objects' | 'warmUp' | 'measure'> & Partial<Pick<Job, 'connections'>>,
): Promise<Outcome> {
  const { target } = entrant.running
  const preload = { removable, repeatable: 1 }
  const outcome = await world.generator.run({ connections: 32, ...job, target, preload, cursor: entrant.cursor })
  entrant.cursor = outcome.cursor
  entrant.running.takeLog()
  if (outcome.fault !== undefined) throw new BenchFault(programs.ours, `${job.work}: ${outcome.fault}`)
  return outcome
}
