import type { Preload } from './load/data.ts'
import type { Work } from './load/job.ts'
import type { CellPlan } from './measure/run-cells.ts'
import { type ProgramName, programNames } from './world/programs.ts'

/** A rate in calls per second, or a part of the peak that our server reached in the closed loop of the same run. */
export type OpenPlan = Omit<CellPlan, 'rate' | 'partOfOurPeak'> & ({ rate: number } | { partOfOurPeak: number })

/** What a run measures. */
export type Plan = {
  objects: number
  preload: Preload
  /** Each card once, by programs that have just started; seconds of each round. */
  cold: CellPlan
  /** At most so many seconds in which our server is asked once for every card, so that its cards are warm. */
  fill: number
  closed: readonly CellPlan[]
  open: readonly OpenPlan[]
  /** Rounds of each way to start. */
  startUps: number
}

const databasePrograms: readonly ProgramName[] = ['ours', 'byHand', 'express', 'generated']

/** Turns of each program in a row: 11, because their interval holds 98.8 % where that of 10 holds 97.9 % (see paired-ratio.ts). */
const pairs = 11

/** Everything, in about half an hour. */
export function fullPlan(): Plan {
  const rounds = pairs
  // Works that add many rows come last: the fastest program adds the most, and has the largest tables afterwards.
  const main: readonly Work[] = ['info', 'create-1', 'repeat-1', 'remove', 'mix', 'repeat-50', 'create-50']
  const closed32 = main.map(work => cell(work, 32, { rounds, warmUp: 0.3, measure: 1 }))
  const other = [1, 256].flatMap(connections =>
    (['info', 'create-1', 'remove', 'mix'] as const).map(work =>
      cell(work, connections, { rounds, warmUp: 0.2, measure: 1 }),
    ),
  )
  const latency = { connections: 64, rounds, warmUp: 0.3, measure: 1.5 }
  return {
    objects: 100_000,
    preload: { removable: 300_000, repeatable: 1_000 },
    cold: { ...cell('info-once', 32, { rounds, warmUp: 0.5, measure: 1.5 }), programs: ['ours', 'byHand', 'express'] },
    fill: 30,
    closed: [...closed32, ...other],
    open: [
      { ...latency, work: 'info', programs: ['ours', 'bare'], partOfOurPeak: 0.5 },
      { ...latency, work: 'info', programs: programNames, rate: 800 },
      { ...latency, work: 'create-1', programs: databasePrograms, rate: 200 },
      { ...latency, work: 'mix', programs: databasePrograms, rate: 500 },
    ],
    startUps: 5,
  }
}

/** Only the rows that have targets, in some minutes. */
export function quickPlan(): Plan {
  const time = { rounds: pairs, warmUp: 0.2, measure: 1 }
  const two: readonly ProgramName[] = ['ours', 'byHand']
  return {
    objects: 20_000,
    preload: { removable: 200_000, repeatable: 100 },
    cold: { ...cell('info-once', 32, { rounds: pairs, warmUp: 0.2, measure: 1 }), programs: two },
    fill: 10,
    closed: [
      { ...cell('info', 32, time), programs: ['ours', 'raw', 'bare', 'byHand'] },
      { ...cell('create-1', 32, time), programs: ['ours', 'byHand', 'express'] },
      { ...cell('remove', 32, time), programs: two },
      { ...cell('create-50', 32, time), programs: two },
      { ...cell('repeat-50', 32, time), programs: two },
      { ...cell('create-1', 1, time), programs: two },
      { ...cell('remove', 1, time), programs: two },
    ],
    open: [
      {
        work: 'info',
        connections: 64,
        rounds: pairs,
        warmUp: 0.2,
        measure: 1,
        programs: ['ours', 'bare'],
        partOfOurPeak: 0.5,
      },
      { work: 'create-1', connections: 64, rounds: pairs, warmUp: 0.2, measure: 1, programs: two, rate: 200 },
    ],
    startUps: 2,
  }
}

const cell = (
  work: Work,
  connections: number,
  time: { rounds: number; warmUp: number; measure: number },
): CellPlan => ({ work, connections, programs: programNames, ...time })
