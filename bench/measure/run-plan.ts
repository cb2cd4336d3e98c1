import type { OpenPlan, Plan } from '../plan.ts'
import { openWorld, type World } from '../world/open-world.ts'
import { type ProgramName, programNames, programs } from '../world/programs.ts'
import type { Running } from '../world/start-program.ts'
import { BenchFault } from './bench-fault.ts'
import { checkDurability, checkHonesty } from './honesty.ts'
import { idleMemory } from './memory.ts'
import type { Cell, Results } from './results.ts'
import { type CellPlan, type Field, runCells } from './run-cells.ts'
import { measureStartUp } from './start-up.ts'

/** Which programs and works of a plan to run; all if left out. */
export type Selection = { programs?: readonly ProgramName[]; works?: readonly string[] }

export type Found = Pick<Results, 'cells' | 'faults' | 'durability' | 'memory' | 'startUp' | 'imports'>

/**
 * Runs a plan from the empty folder to the last figure. `tell` gets a line now and then. Throws BenchFault if a program is
 * not fit to be compared; a later fault costs a row, and is among the faults. Stops everything that it started.
 */
export async function runPlan(plan: Plan, selection: Selection, tell: (line: string) => void): Promise<Found> {
  tell(`PostgreSQL, ${plan.objects} objects by the server's own import, a copy for each program …`)
  const world = await openWorld(plan)
  try {
    return await runIn(world, plan, selection, tell)
  } finally {
    await world.close()
  }
}

async function runIn(world: World, plan: Plan, selection: Selection, tell: (line: string) => void): Promise<Found> {
  const durability = await checkDurability(world.postgres)
  const wants = (what: string) => selection.works?.includes(what) ?? true
  const closed = plan.closed.filter(({ work }) => wants(work))
  const open = plan.open.filter(({ work }) => wants('latency') && wants(work))
  const cold = wants(plan.cold.work) ? [plan.cold] : []
  const planned = [...cold, ...closed, ...open].flatMap(cellPlan => cellPlan.programs)
  const names = programNames.filter(
    name => planned.includes(name) && (selection.programs === undefined || selection.programs.includes(name)),
  )
  const field: Field = new Map()
  const idle = await enterAll(world, field, names, tell)

  const cells: Cell[] = []
  const faults: string[] = []
  const run = async (cellPlan: CellPlan) => {
    try {
      const beforeTurn = (name: ProgramName) => enterAnew(world, field, name, cellPlan)
      const found = await runCells(world, field, cellPlan, cellPlan.anew ? beforeTurn : undefined)
      cells.push(...found)
      tell(describeCells(cellPlan, found))
    } catch (error) {
      // This row is lost and the run counts as failed, but all other rows are worth keeping.
      if (!(error instanceof BenchFault)) throw error
      faults.push(`${error.message} (${cellPlan.connections} connections)`)
      tell(`FAULT: ${faults.at(-1)}`)
    }
  }
  for (const cellPlan of [...cold, ...closed.filter(isAnew)]) await run(cellPlan)
  // From here on the same processes to the end.
  await askForEveryCard(world, field, plan.fill)
  for (const cellPlan of closed.filter(cellPlan => !isAnew(cellPlan))) await run(cellPlan)
  for (const openPlan of open) {
    const cellPlan = atRate(openPlan, cells)
    if (cellPlan) await run(cellPlan)
  }
  const most = field.get('ours')?.running.memory()?.most
  for (const { running } of field.values()) await running.stop()

  if (wants('start-up')) tell('the server: starts with a warm data folder; a command')
  const { folder, config, templateUrl } = world
  const startUp =
    wants('start-up') && (await measureStartUp({ folder, config, databaseUrl: templateUrl, rounds: plan.startUps }))
  return {
    cells,
    faults,
    durability,
    ...(idle !== undefined && most !== undefined && { memory: { idle, most } }),
    imports: [{ objects: plan.objects, seconds: world.importSeconds }],
    ...(startUp && { startUp }),
  }
}

/** Starts the programs, each on its copy of the database, and checks them. Returns the memory of our server when idle. */
async function enterAll(
  world: World,
  field: Field,
  names: readonly ProgramName[],
  tell: (line: string) => void,
): Promise<number | undefined> {
  let idle: number | undefined
  for (const name of names) {
    tell(`${programs[name].label}: starts, and is checked`)
    await world.copyTemplate(databaseOf(name))
    await enter(world, field, name)
    const running = field.get(name)?.running as Running
    if (name === 'ours') idle = await idleMemory(running)
    await checkHonesty(running, world.postgres, databaseOf(name))
  }
  return idle
}

/** Starts a program (again): it knows nothing of earlier calls, but its database is as they left it. */
async function enter(world: World, field: Field, name: ProgramName): Promise<void> {
  await field.get(name)?.running.stop()
  const running = await world.start(programs[name], databaseOf(name))
  field.set(name, { running, cursor: { created: 0, removed: 0, ...field.get(name)?.cursor, asked: 0 } })
}

const isAnew = ({ anew = false }: CellPlan) => anew

/**
 * Seconds of calls after which V8 has compiled a program that has just started, on a machine of two processors. After 1.5 s ours took twice as
 * long in some turns as in others, and a third longer than bare Fastify than it does in the end.
 */
const compilation = 5

/** Starts a program again for its turn, and warms it up, unless its work is to be done cold. */
async function enterAnew(world: World, field: Field, name: ProgramName, plan: CellPlan): Promise<void> {
  await enter(world, field, name)
  const entrant = field.get(name)
  if (plan.work === 'info-once' || !entrant) return
  const { work, connections, objects = world.objects } = plan
  const { preload, generator } = world
  const common = { target: entrant.running.target, objects, preload, cursor: entrant.cursor, connections, warmUp: 0 }
  // The cards of our server are warm then. The others remember none: they only get some calls more before they are measured.
  if (work === 'info') await generator.run({ ...common, work: 'info-once', measure: name === 'ours' ? 30 : 2 })
  await generator.run({ ...common, work, measure: compilation })
}

const databaseOf = (name: ProgramName): string => name.toLowerCase()

/** Asks our server once for every card, so that its memory is full: the cards of `info` are warm. */
async function askForEveryCard(world: World, field: Field, seconds: number): Promise<void> {
  const ours = field.get('ours')
  if (!ours) return
  const { objects, preload, generator } = world
  const cursor = { ...ours.cursor, asked: 0 }
  const common = { target: ours.running.target, objects, preload, cursor, connections: 32 }
  await generator.run({ ...common, work: 'info-once', warmUp: 0, measure: seconds })
}

/** An open loop at its rate in calls per second; undefined if our peak was not measured. */
function atRate(open: OpenPlan, cells: readonly Cell[]): CellPlan | undefined {
  if ('rate' in open) return open
  const peak = cells.find(
    cell => cell.program === 'ours' && cell.work === open.work && cell.connections === 32 && cell.rate === undefined,
  )
  return peak && { ...open, rate: Math.round(peak.perSecond.median * open.partOfOurPeak) }
}

function describeCells({ work, connections, rate }: CellPlan, cells: readonly Cell[]): string {
  const figures = cells.map(({ program, perSecond, p99 }) => {
    const told = rate === undefined ? `${Math.round(perSecond.median)}/s` : `p99 ${p99.median.toFixed(2)} ms`
    return `${program} ${told}`
  })
  return `${work}, ${connections} connections${rate === undefined ? '' : `, ${rate}/s due`}: ${figures.join(', ')}`
}
