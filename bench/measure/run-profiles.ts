import { mkdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Work } from '../load/job.ts'
import { quickPlan } from '../plan.ts'
import { openWorld, type World } from '../world/open-world.ts'
import { type ProgramName, programNames, programs } from '../world/programs.ts'
import { BenchFault } from './bench-fault.ts'
import { type CpuProfile, type Share, topOf } from './profile-top.ts'

const folder = join(import.meta.dirname, '../results')
/** Seconds under load. */
const measure = 5
/** Seconds that a program gets to write its profile; a program that ends at a signal would write none. */
const lastMoment = 0.5
const endsItself = `data:text/javascript,process.on('SIGTERM',()=>setTimeout(()=>process.exit(0),${lastMoment * 1_000}))`

/**
 * Runs one work by each program that can do it, under Node's profiler, and writes a `.cpuprofile` for each, which the developer tools
 * of a browser open. Figures of a program under the profiler are not compared.
 */
export async function runProfiles(
  work: Work,
  names: readonly ProgramName[] | undefined,
  tell: (line: string) => void,
): Promise<void> {
  const { objects, preload } = quickPlan()
  const world = await openWorld({ objects, preload })
  try {
    mkdirSync(folder, { recursive: true })
    for (const name of names ?? programNames)
      if (programs[name].works.includes(work)) {
        const file = await profileOne(world, name, work)
        const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile
        tell(`${programs[name].label}, ${work}: ${relative(process.cwd(), file)}`)
        const last = { from: measure + lastMoment, to: lastMoment, most: 15 }
        for (const share of topOf(profile, last)) tell(lineOf(share))
      }
  } finally {
    await world.close()
  }
}

const lineOf = ({ name, place, part }: Share) =>
  `  ${(100 * part).toFixed(1).padStart(5)} %  ${name.padEnd(32)} ${place}`

async function profileOne(world: World, name: ProgramName, work: Work): Promise<string> {
  const program = programs[name]
  const database = name.toLowerCase()
  await world.copyTemplate(database)
  const file = `profile-${new Date().toISOString().replaceAll(':', '-').slice(0, 19)}-${name}-${work}.cpuprofile`
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${file}`, `--import=${endsItself}`]
  const running = await world.start({ ...program, command: [...flags, ...program.command] }, database)
  const { objects, preload, generator } = world
  const cursor = { created: 0, removed: 0, asked: 0 }
  const common = { target: running.target, objects, preload, connections: 32 }
  // Its cards are warm then, as in a run.
  if (work === 'info' && name === 'ours')
    await generator.run({ ...common, cursor, work: 'info-once', warmUp: 0, measure: 10 })
  const { fault } = await generator.run({ ...common, cursor, work, warmUp: 1, measure })
  await running.stop()
  if (fault !== undefined) throw new BenchFault(program, `${work}: ${fault}`)
  return join(folder, file)
}
