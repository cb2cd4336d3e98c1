import type { Cursor, Outcome, Work } from '../load/job.ts'
import type { World } from '../world/open-world.ts'
import { type ProgramName, programNames, programs } from '../world/programs.ts'
import type { Running } from '../world/start-program.ts'
import { BenchFault } from './bench-fault.ts'
import type { Cell } from './results.ts'
import { figure } from './statistics.ts'

/** A work that several programs do in turn. */
export type CellPlan = {
  work: Work
  connections: number
  /** Calls per second (open loop); without it as many as possible (closed loop). */
  rate?: number
  partOfOurPeak?: number
  programs: readonly ProgramName[]
  rounds: number
  /** Seconds. */
  warmUp: number
  measure: number
  /**
   * Each turn by a process that has just started. Two processes of one program may differ by a fifth for as long as they live, by how V8
   * came to size their heap and to compile them: where processor time is judged, processes are drawn like turns.
   */
  anew?: boolean
  /** How many of the objects are asked for; all if left out. */
  objects?: number
}

/** The running programs, and how much of each one's data is used up. */
export type Field = Map<ProgramName, { running: Running; cursor: Cursor }>

/**
 * Lets the programs do a work in turn, in slices of a second or two (A B C, C B A, …): a temporary load of the machine disturbs
 * neighbours alike, and none always comes first. Round n of one program and of another are a pair. Programs that cannot do the work are
 * left out. Throws BenchFault if one does it wrong.
 */
export async function runCells(
  world: World,
  field: Field,
  plan: CellPlan,
  beforeTurn?: (name: ProgramName) => Promise<void>,
): Promise<Cell[]> {
  const able = programNames.filter(
    name => plan.programs.includes(name) && field.get(name)?.running.program.works.includes(plan.work),
  )
  const outcomes = new Map<ProgramName, Slice[]>(able.map(name => [name, []]))
  // PostgreSQL writes now what earlier work has left to write, not during this work.
  await world.postgres.query('postgres', 'CHECKPOINT')
  let stalls = 0
  for (let round = 0; round < plan.rounds; round++) {
    const slices = new Map<ProgramName, Slice>()
    for (const name of round % 2 === 0 ? able : able.toReversed()) {
      await beforeTurn?.(name)
      slices.set(name, await runOnce(world, field, name, plan))
    }
    // The machine stood still for a whole slice: nobody's round counts, or the pairs would not fit together.
    const [silent] = [...slices].find(([, { answers }]) => answers === 0) ?? []
    if (silent !== undefined) {
      if (++stalls > mostStalls)
        throw new BenchFault(programs[silent], `${plan.work}: no answer in a whole slice, ${stalls} times`)
      round--
    } else for (const [name, slice] of slices) outcomes.get(name)?.push(slice)
  }
  return able.map(name => cellOf(name, plan, outcomes.get(name) ?? []))
}

/** Rounds of a work that may be repeated. */
const mostStalls = 5

/** A turn of one program; microseconds of processor time per call. */
type Slice = Outcome & { processor: number; database: number }

async function runOnce(world: World, field: Field, name: ProgramName, plan: CellPlan): Promise<Slice> {
  const entrant = field.get(name)
  if (!entrant) throw new Error(`${name} does not run.`)
  const { running, cursor } = entrant
  running.takeLog()
  const { work, connections, rate, warmUp, measure, objects = world.objects } = plan
  const times = () => [running.processorTime(), world.postgres.processorTime()] as const
  const before = times()
  const outcome = await world.generator.run({
    target: running.target,
    work,
    objects,
    preload: world.preload,
    cursor,
    connections,
    ...(rate !== undefined && { rate }),
    warmUp,
    measure,
  })
  const [processor, database] = times().map(
    (time, index) => (((time ?? Number.NaN) - (before[index] ?? Number.NaN)) * 1e6) / outcome.all,
  ) as [number, number]
  entrant.cursor = outcome.cursor
  if (outcome.fault !== undefined) throw new BenchFault(running.program, `${work}: ${outcome.fault}`)
  // The work was used up. Few answers in a whole slice are a result.
  if (outcome.answers > 0 && outcome.seconds < measure / 4)
    throw new BenchFault(
      running.program,
      `${work}: too little was measured (${outcome.answers} answers, ${outcome.seconds} s)`,
    )
  if (running.program.logs && running.takeLog() < outcome.answers)
    throw new BenchFault(running.program, `${work}: it does not write its log`)
  return { ...outcome, processor, database }
}

function cellOf(program: ProgramName, plan: CellPlan, outcomes: readonly Slice[]): Cell {
  const { work, connections, rate, partOfOurPeak } = plan
  const of = (read: (slice: Slice) => number) => figure(outcomes.map(read))
  const sum = (read: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + read(outcome), 0)
  return {
    program,
    work,
    connections,
    ...(partOfOurPeak !== undefined && { partOfOurPeak }),
    ...(rate !== undefined && { rate, lateness: of(outcome => outcome.lateness ?? 0) }),
    perSecond: of(outcome => outcome.answers / outcome.seconds),
    ...(outcomes.every(({ processor }) => processor > 0) && {
      processor: of(slice => slice.processor),
      database: of(slice => slice.database),
    }),
    p50: of(outcome => outcome.latency.p50),
    p99: of(outcome => outcome.latency.p99),
    p999: of(outcome => outcome.latency.p999),
    answers: sum(outcome => outcome.answers),
    checked: { bodies: sum(outcome => outcome.checked.bodies), changes: sum(outcome => outcome.checked.changes) },
  }
}
