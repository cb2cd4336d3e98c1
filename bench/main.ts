import { type Arguments, help, readArguments } from './arguments.ts'
import type { Work } from './load/job.ts'
import { BenchFault } from './measure/bench-fault.ts'
import { measureGrowth } from './measure/growth.ts'
import type { Results } from './measure/results.ts'
import { runPlan, type Selection } from './measure/run-plan.ts'
import { runProfiles } from './measure/run-profiles.ts'
import { fullPlan, quickPlan } from './plan.ts'
import { terminalReport } from './report/render.ts'
import { describeMachine, readResults, writeResults } from './report/results-file.ts'
import { writeDocs } from './report/write-docs.ts'
import { selfTest } from './self-test/self-test.ts'

/** Runs the bench as the command line says. Returns the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const started = performance.now()
  const tell = (line: string) => console.log(`${elapsed(started).padStart(6)}  ${line}`)
  let options: Arguments
  try {
    options = readArguments(words)
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`)
    return 1
  }
  try {
    if (options.help) {
      console.log(help)
      return 0
    }
    if (options.selfTest) return (await selfTest(tell)) ? 0 : 1
    if (options.profile) {
      for (const work of options.only ?? ['info']) await runProfiles(work as Work, options.programs, tell)
      return 0
    }
    const runs = options.from.length > 0 ? options.from.map(readResults) : [await measure(options, tell)]
    const last = runs.at(-1)
    if (last) console.log(`\n${terminalReport(last)}\n`)
    const faults = runs.flatMap(run => run.faults)
    if (faults.length > 0) {
      console.error(
        `The run FAILED, because programs did something wrong or could not be measured:\n  ${faults.join('\n  ')}`,
      )
      return 1
    }
    if (options.writeDocs) writeDocs(runs)
    return 0
  } catch (error) {
    // A stack says nothing more about what a program did wrong.
    console.error(error instanceof BenchFault || !(error instanceof Error) ? String(error) : error.stack)
    return 1
  }
}

async function measure(options: Arguments, tell: (line: string) => void): Promise<Results> {
  const started = performance.now()
  const machine = describeMachine()
  if (machine.machine.loadBefore > 0.5)
    tell(
      `WARNING: other programs use this machine (load ${machine.machine.loadBefore.toFixed(1)}); the figures will be too low, and the intervals wide.`,
    )
  const { only, programs } = options
  const plan = options.quick ? quickPlan() : fullPlan()
  const selection: Selection = { ...(only && { works: only }), ...(programs && { programs }) }
  const growthAlone = only?.every(name => name === 'growth' || name === 'memory') ?? false
  const found = growthAlone ? { cells: [], faults: [], durability: {} } : await runPlan(plan, selection, tell)
  const growth =
    options.growth.length > 0
      ? await measureGrowth(options.growth, {
          tell,
          isOfMemory: only?.includes('growth') === false && only.includes('memory'),
        })
      : undefined
  const results: Results = {
    at: new Date().toISOString(),
    mode: options.quick ? 'quick' : 'full',
    seconds: Math.round((performance.now() - started) / 1_000),
    ...machine,
    objects: plan.objects,
    ...found,
    faults: [...found.faults, ...(growth?.faults ?? [])],
    ...(growth && { growth }),
  }
  tell(`written: ${writeResults(results)}`)
  return results
}

const elapsed = (since: number): string => `${Math.round((performance.now() - since) / 1_000)} s`
