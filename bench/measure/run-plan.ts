import type { OpenPlan, Plan } from '../plan.ts'
import { openWorld, type World } from '../world/open-world.ts'
import { type ProgramName, programNames, programs } from '../world/programs.ts'
import { checkDurability, checkHonesty } from './honesty.ts'
import { idleMemory } from './memory.ts'
import type { Cell, Results } from './results.ts'
import { type CellPlan, type Field, runCells } from './run-cells.ts'
import { measureStartUp } from './start-up.ts'

/** Which programs and works of a plan to run; all where left out. */
export type Selection = { programs?: readonly ProgramName[]; works?: readonly string[] }

export type Found = Pick<Results, 'cells' | 'durability' | 'memory' | 'startUp' | 'imports'>

/**
 * Runs a plan from the empty folder to the last figure. `tell` gets a line now and then. Throws BenchFault where a program
 * does something wrong; everything that was started is stopped then, too.
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
  const wanted = {
    cold: wants(plan.cold.work) ? plan.cold : undefined,
    closed: plan.closed.filter(({ work }) => wants(work)),
    open: plan.open.filter(({ work }) => wants('latency') && wants(work)),
  }
  const planned = [wanted.cold, ...wanted.closed, ...wanted.open].flatMap(cellPlan => cellPlan?.programs ?? [])
  const field: Field = new Map()
  const enter = async (name: ProgramName) => {
    await field.get(name)?.running.stop()
    const running = await world.start(programs[name], databaseOf(name))
    field.set(name, { running, cursor: { created: 0, removed: 0, ...field.get(name)?.cursor, asked: 0 } })
    return running
  }
  let idle: number | undefined
  for (const name of programNames) {
    if (!planned.includes(name) || !(selection.programs?.includes(name) ?? true)) continue
    tell(`${programs[name].label}: starts, and is checked`)
    await world.copyTemplate(databaseOf(name))
    const running = await enter(name)
    if (name === 'ours') idle = await idleMemory(running)
    await checkHonesty(running, world.postgres, databaseOf(name))
  }

  const cells: Cell[] = []
  const run = async (cellPlan: CellPlan, beforeTurn?: (name: ProgramName) => Promise<unknown>) => {
    const found = await runCells(world, field, cellPlan, beforeTurn)
    cells.push(...found)
    tell(describeCells(cellPlan, found))
  }
  if (wanted.cold) await run(wanted.cold, enter)
  await askForEveryCard(world, field, plan.fill)
  for (const cellPlan of wanted.closed) await run(cellPlan)
  for (const open of wanted.open) {
    const cellPlan = atRate(open, cells)
    if (cellPlan) await run(cellPlan)
  }
  const most = field.get('ours')?.running.memory()?.most
  for (const { running } of field.values()) await running.stop()

  if (wants('start-up')) tell('the server: starts with a warm data folder')
  const startUp = wants('start-up') && (await measureStartUp(world.folder, world.config, plan.startUps))
  return {
    cells,
    durability,
    ...(idle !== undefined && most !== undefined && { memory: { idle, most } }),
    imports: [{ objects: plan.objects, seconds: world.importSeconds }],
    ...(startUp && { startUp }),
  }
}

const databaseOf = (name: ProgramName): string => name.toLowerCase()

/** Asks our server once for every card, so that those it keeps in memory are there: the cards of `info` are warm. */
async function askForEveryCard(world: World, field: Field, seconds: number): Promise<void> {
  const ours = field.get('ours')
  if (!ours) return
  const { objects, preload, generator } = world
  const cursor = { ...ours.cursor, asked: 0 }
  const common = { target: ours.running.target, objects, preload, cursor, connections: 32 }
  await generator.run({ ...common, work: 'info-once', warmUp: 0, measure: seconds })
}

/** An open loop at its rate in calls per second; undefined where our peak was not measured. */
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
