import { setTimeout as sleep } from 'node:timers/promises'
import { startProgram, stopProgram } from '../../test/support/start-program.ts'
import { pairedRatio } from '../measure/paired-ratio.ts'
import { type Field, runCells } from '../measure/run-cells.ts'
import type { World } from '../world/open-world.ts'
import { programs } from '../world/programs.ts'
import type { Check } from './check-generator.ts'

const runs = 10
const measures = ['perSecond', 'processor'] as const
/** An interval that misses by chance once in a thousand: twenty are judged at once. */
const nearlySure = 0.999

/** Another program: it takes a processor for up to 400 ms, and rests for up to 400 ms. */
const other = `const until = ms => performance.now() + ms
for (;;) {
  for (const end = until(Math.random() * 400); performance.now() < end; );
  await new Promise(resolve => setTimeout(resolve, Math.random() * 400))
}`

/**
 * Compares a program with itself ten times while another program takes processors away, and looks whether the intervals hold 1.0. Of
 * twenty intervals of 98.8 % one misses it now and then by chance: more than two, or one of 99.9 %, is a fault of the bench.
 */
export async function checkEquals(world: World): Promise<Check[]> {
  const [one, twin] = [await world.start(programs.bare, 'one'), await world.start(programs.bare, 'twin')]
  const disturbing = startProgram(process.execPath, ['--input-type=module', '-e', other], { stdio: 'ignore' })
  try {
    const cursor = { created: 0, removed: 0, asked: 0 }
    const field: Field = new Map([
      ['raw', { running: one, cursor }],
      ['bare', { running: twin, cursor }],
    ])
    const plan = {
      work: 'info',
      connections: 32,
      programs: ['raw', 'bare'],
      rounds: 11,
      warmUp: 0.1,
      measure: 0.5,
    } as const
    await sleep(500)
    const held = { perSecond: 0, processor: 0 }
    let surelyWrong = 0
    for (let run = 0; run < runs; run++) {
      const [first, second] = await runCells(world, field, plan)
      for (const measure of measures) {
        const [ours, theirs] = [first?.[measure]?.rounds ?? [], second?.[measure]?.rounds ?? []]
        if (holdsOne(ours, theirs)) held[measure]++
        if (!holdsOne(ours, theirs, nearlySure)) surelyWrong++
      }
    }
    const missed = 2 * runs - held.perSecond - held.processor
    return [
      {
        what: `a program compared with itself beside a busy one: equal in calls/s in ${held.perSecond} of ${runs} runs, in processor time in ${held.processor}; ${surelyWrong} surely wrong`,
        isRight: surelyWrong === 0 && missed <= 2,
      },
    ]
  } finally {
    await Promise.all([one.stop(), twin.stop(), stopProgram(disturbing, 'SIGKILL')])
  }
}

function holdsOne(ours: readonly number[], theirs: readonly number[], confidence?: number): boolean {
  const ratio = pairedRatio(ours, theirs, confidence)
  return ratio !== undefined && ratio.low <= 1 && ratio.high >= 1
}
