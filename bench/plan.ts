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
const two: readonly ProgramName[] = ['ours', 'byHand']

/**
 * Objects of the row whose target is on processor time. Its programs start anew for each turn, and our server is asked for all of these
 * cards before.
 */
const askedAnew = 10_000

/** Everything, in about 35 minutes. */
export function fullPlan(): Plan {
  // The interval of 15 goes from the second smallest to the second largest: a turn that was disturbed does not widen it.
  const rounds = 15
  const slice = { rounds, warmUp: 0.1, measure: 1 }
  // Works that add many rows come last: the fastest program adds the most, and has the largest tables afterwards.
  const main: readonly Work[] = ['create-1', 'repeat-1', 'remove', 'mix', 'repeat-50', 'create-50']
  const other = [1, 256].flatMap(connections => [
    { ...cell('info', connections, slice), programs: programNames },
    ...(['create-1', 'remove'] as const).map(work => cell(work, connections, slice)),
  ])
  const latency = { connections: 64, rounds, warmUp: 0.1, measure: 1.5 }
  return {
    objects: 100_000,
    preload: { removable: 900_000, repeatable: 1_000 },
    cold: { ...cell('info-once', 32, { ...slice, measure: 1.5 }), programs: ['ours', 'byHand', 'express'], anew: true },
    fill: 30,
    closed: [
      { ...cell('info', 32, slice), programs: programNames, anew: true, objects: askedAnew },
      ...main.map(work => cell(work, 32, slice)),
      ...other,
    ],
    open: [
      { ...latency, work: 'info', programs: ['ours', 'bare'], partOfOurPeak: 0.5 },
      { ...latency, work: 'info', programs: ['ours', 'bare', 'byHand', 'express'], rate: 800 },
      { ...latency, work: 'create-1', programs: databasePrograms, rate: 200 },
      { ...latency, work: 'mix', programs: databasePrograms, rate: 500 },
    ],
    startUps: 6,
  }
}

/** Only the rows that have targets, in some minutes. */
export function quickPlan(): Plan {
  // The least that bears an interval, which goes from the smallest ratio to the largest: one turn that was disturbed widens it.
  const slice = { rounds: 11, warmUp: 0.1, measure: 1 }
  const ofTwo = (work: Work, connections: number): CellPlan => ({ ...cell(work, connections, slice), programs: two })
  const latency = { connections: 64, ...slice }
  return {
    objects: 20_000,
    preload: { removable: 400_000, repeatable: 100 },
    cold: { ...ofTwo('info-once', 32), anew: true },
    fill: 10,
    closed: [
      { ...cell('info', 32, slice), programs: ['ours', 'bare', 'byHand'], anew: true, objects: askedAnew },
      { ...cell('create-1', 32, slice), programs: ['ours', 'byHand', 'express'] },
      ofTwo('remove', 32),
      ofTwo('create-50', 32),
      ofTwo('repeat-50', 32),
      ...[1, 256].flatMap(connections => [ofTwo('create-1', connections), ofTwo('remove', connections)]),
    ],
    open: [
      { ...latency, work: 'info', programs: ['ours', 'bare'], partOfOurPeak: 0.5 },
      { ...latency, work: 'create-1', programs: two, rate: 200, measure: 2 },
    ],
    startUps: 6,
  }
}

const cell = (
  work: Work,
  connections: number,
  time: { rounds: number; warmUp: number; measure: number },
): CellPlan => ({ work, connections, programs: databasePrograms, ...time })
