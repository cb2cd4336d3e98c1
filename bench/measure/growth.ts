import type { Cursor, Job, Outcome, Work } from '../load/job.ts'
import { addLinks, makeTemplate } from '../world/databases.ts'
import { openWorld, type World } from '../world/open-world.ts'
import { programs } from '../world/programs.ts'
import type { Running } from '../world/start-program.ts'
import { BenchFault } from './bench-fault.ts'
import { idleMemory } from './memory.ts'
import type { Growth, GrowthCell } from './results.ts'
import { figure } from './statistics.ts'

/** Links of a database, and as many objects, but a million at most. */
const mostObjects = 1_000_000
/** Every size does the same work on the same cards and links: only the rows beside them grow in number. */
const workObjects = 10_000
const removable = 9_000
const rounds = 11
const keysPerIssue = 50

// Work that adds many rows comes last: it makes the small database larger, too.
const growthWorks: readonly Work[] = ['info-once', 'info', 'remove', 'create-1', 'create-50']

type Entrant = { size: number; objects: number; database: string; running: Running; cursor: Cursor }

/** Measures the server alone on databases of several sizes, in turns. Takes minutes to fill them. */
export async function measureGrowth(sizes: readonly number[], tell: (line: string) => void): Promise<Growth> {
  const world = await openWorld({ objects: 100, preload: { removable: 1, repeatable: 1 } })
  try {
    const entrants: Entrant[] = []
    const imports: Growth['imports'] = []
    for (const size of sizes) {
      const entrant = await fill(world, size, imports)
      entrants.push(entrant)
      tell(`${size} links, ${entrant.objects} objects: ready`)
    }
    const cells: GrowthCell[] = []
    for (const work of growthWorks) {
      const found = await runWork(world, entrants, work)
      cells.push(...found)
      tell(`${work}: ${found.map(cell => `${cell.size} links ${Math.round(cell.perSecond.median)}/s`).join(', ')}`)
    }
    const memory: Growth['memory'] = []
    for (const entrant of entrants)
      if (memory.every(({ objects }) => objects !== entrant.objects)) memory.push(await measureMemory(world, entrant))
    return { cells, imports, memory }
  } finally {
    await world.close()
  }
}

async function fill(world: World, size: number, imports: Growth['imports']): Promise<Entrant> {
  const database = `grown_${size}`
  const objects = Math.min(size, mostObjects)
  const { postgres, folder, config } = world
  const preload = { removable: 0, repeatable: size / keysPerIssue }
  imports.push({ objects, seconds: await makeTemplate(postgres, { database, folder, config, objects, preload }) })
  const running = await world.start(programs.ours, database)
  return { size, objects, database, running, cursor: { created: 0, removed: 0, asked: 0 } }
}

async function runWork(world: World, entrants: readonly Entrant[], work: Work): Promise<GrowthCell[]> {
  const found = new Map<Entrant, number[]>(entrants.map(entrant => [entrant, []]))
  await world.postgres.query('postgres', 'CHECKPOINT')
  for (let round = 0; round < rounds; round++)
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      await prepare(world, entrant, work)
      // Cold cards are spread over the whole database; everything else is the same for every size.
      const objects = work === 'info-once' ? entrant.objects : workObjects
      const outcome = await run(world, entrant, { work, objects, warmUp: 0.2, measure: 1 })
      found.get(entrant)?.push(outcome.answers / outcome.seconds)
    }
  return entrants.map(entrant => ({ size: entrant.size, work, perSecond: figure(found.get(entrant) ?? []) }))
}

async function prepare(world: World, entrant: Entrant, work: Work): Promise<void> {
  entrant.cursor.asked = 0
  if (work === 'info-once') await restart(world, entrant)
  if (work === 'info') {
    await run(world, entrant, { work: 'info-once', objects: workObjects, warmUp: 0, measure: 5 })
    entrant.cursor.asked = 0
  }
  if (work !== 'remove') return
  const { postgres } = world
  await postgres.query(entrant.database, "DELETE FROM link WHERE issue_key LIKE 'GONE-%'")
  await addLinks(postgres, entrant.database, 'GONE', { issues: removable, keys: 1, stride: 1, objects: workObjects })
  entrant.cursor.removed = 0
}

/** Memory of the server right after its start, and its peak while it answers cards from the whole database, then all works. */
async function measureMemory(world: World, entrant: Entrant): Promise<Growth['memory'][number]> {
  await restart(world, entrant)
  await prepare(world, entrant, 'remove')
  const idle = await idleMemory(entrant.running)
  const { objects } = entrant
  await run(world, entrant, { work: 'info-once', objects, warmUp: 0, measure: 20 })
  await run(world, entrant, { work: 'mix', objects, warmUp: 0, measure: 5, connections: 256 })
  return { objects, idle, most: entrant.running.memory()?.most ?? Number.NaN }
}

async function restart(world: World, entrant: Entrant): Promise<void> {
  await entrant.running.stop()
  entrant.running = await world.start(programs.ours, entrant.database)
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
