import { fileURLToPath } from 'node:url'
import { startProgram, stopProgram } from '../../test/support/start-program.ts'
import { type PairedRatio, pairedRatio } from '../measure/paired-ratio.ts'
import type { Cell } from '../measure/results.ts'
import { type CellPlan, type Field, runCells } from '../measure/run-cells.ts'
import type { World } from '../world/open-world.ts'
import { type Program, type ProgramName, programs } from '../world/programs.ts'
import type { Check } from './check-generator.ts'

const runs = 10
const slowerRuns = 3
const measures = ['perSecond', 'processor'] as const
/** The least difference that the control has: more if the machine is so busy that the bench cannot tell it. */
const leastBurden = 0.1

/** Another program: it takes a processor for up to 400 ms, and rests for up to 400 ms. */
const other = `const until = ms => performance.now() + ms
for (;;) {
  for (const end = until(Math.random() * 400); performance.now() < end; );
  await new Promise(resolve => setTimeout(resolve, Math.random() * 400))
}`

/** Each program stands once in a row: the first runs under the name of raw Node, raw Node itself under another. */
const [firstName, secondName] = ['raw', 'bare'] as const
/** As for the rows of a run that judge processor time: 15 pairs, each of two new processes. */
const plan: CellPlan = {
  work: 'info',
  connections: 32,
  programs: [firstName, secondName],
  rounds: 15,
  warmUp: 0.1,
  measure: 0.5,
}
/** Seconds of calls after which V8 has compiled most of so short a program. */
const compilation = 0.5

/**
 * While another program takes processors away, compares a program with itself ten times: each interval must hold 1.0. As a control,
 * one that does more must never come out as equal to it: a tenth more, or as much as the intervals of the ten runs were wide.
 */
export async function checkEquals(world: World): Promise<Check[]> {
  const disturbing = startProgram(process.execPath, ['--input-type=module', '-e', other], { stdio: 'ignore' })
  try {
    const equals: Comparison[] = []
    for (let run = 0; run < runs; run++) equals.push(await compare(world, programs.raw))
    const widest = Math.max(...equals.map(({ processor }) => processor.high / processor.low - 1))
    const burden = Math.max(leastBurden, widest)
    const microseconds = Math.min(...equals.map(({ cost }) => cost)) * burden
    const slower: Comparison[] = []
    for (let run = 0; run < slowerRuns; run++)
      slower.push(await compare(world, burdened, { BURDEN: `${microseconds}` }))
    return [...measures.map(measure => equalIn(equals, measure)), toldApart(slower, microseconds)]
  } finally {
    await stopProgram(disturbing, 'SIGKILL')
  }
}

/** How a program did beside raw Node; `cost`: microseconds of processor time that a call of raw Node took. */
type Comparison = Record<(typeof measures)[number], PairedRatio> & { cost: number }

async function compare(world: World, program: Program, env: Record<string, string> = {}): Promise<Comparison> {
  const field: Field = new Map()
  const { objects, preload, generator } = world
  const enter = async (name: ProgramName) => {
    await field.get(name)?.running.stop()
    const running = await world.start(name === firstName ? program : programs.raw, name, env)
    const cursor = { created: 0, removed: 0, asked: 0 }
    field.set(name, { running, cursor })
    const { work, connections } = plan
    const common = { target: running.target, objects, preload, cursor, work, connections }
    await generator.run({ ...common, warmUp: 0, measure: compilation })
  }
  for (const name of plan.programs) await enter(name)
  try {
    const [one, twin] = await runCells(world, field, plan, enter)
    return {
      perSecond: ratioOf(one, twin, 'perSecond'),
      processor: ratioOf(one, twin, 'processor'),
      cost: twin?.processor?.median ?? Number.NaN,
    }
  } finally {
    for (const { running } of field.values()) await running.stop()
  }
}

function ratioOf(one: Cell | undefined, twin: Cell | undefined, measure: (typeof measures)[number]): PairedRatio {
  const ratio = pairedRatio(one?.[measure]?.rounds ?? [], twin?.[measure]?.rounds ?? [])
  if (ratio === undefined) throw new Error(`There are no ${measure} to compare: the self-test needs /proc.`)
  return ratio
}

const burdened: Program = {
  ...programs.raw,
  label: 'raw Node with a burden',
  command: [fileURLToPath(new URL('./burdened-peer.ts', import.meta.url))],
}

function equalIn(equals: readonly Comparison[], measure: (typeof measures)[number]): Check {
  const held = equals.filter(({ [measure]: { low, high } }) => low <= 1 && high >= 1).length
  const widths = equals.map(({ [measure]: { low, high } }) => `${low.toFixed(2)} to ${high.toFixed(2)}`)
  const name = measure === 'perSecond' ? 'calls/s' : 'processor time'
  return {
    what: `a program compared with itself beside a busy one: equal in ${name} in ${held} of ${runs} runs (${widths.join(', ')})`,
    isRight: held === runs,
  }
}

function toldApart(slower: readonly Comparison[], microseconds: number): Check {
  const told = slower.filter(({ processor }) => processor.low > 1).length
  const ratios = slower.map(
    ({ processor: { median, low, high } }) => `${median.toFixed(2)}, ${low.toFixed(2)} to ${high.toFixed(2)}`,
  )
  return {
    what: `a program that burns ${microseconds.toFixed(1)} µs more a call: slower in processor time in ${told} of ${slowerRuns} runs (${ratios.join('; ')})`,
    isRight: told === slowerRuns,
  }
}
