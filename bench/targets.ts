import type { Work } from './load/job.ts'
import type { Results } from './measure/results.ts'
import type { ProgramName } from './world/programs.ts'

/** A target of this project, and how far a run met it. `value` is undefined if the run did not measure it. */
export type Verdict = { what: string; target: string; value: string | undefined; isMet: boolean | undefined }

/** Every target, in the order of docs/performance.md, with the results of a run. */
export function verdicts(results: Results): Verdict[] {
  const ratio = (work: Work, peer: ProgramName, least: number, what: string): Verdict => {
    const ours = peakOf(results, work, 'ours')
    const theirs = peakOf(results, work, peer)
    return atLeast(what, `≥ ${least} × ${shortNames[peer]}`, ours && theirs && ours / theirs, least)
  }
  return [
    ratio('info', 'bare', 0.9, 'entity info, warm, token check on'),
    ratio('info', 'byHand', 4.5, 'entity info, warm, token check on'),
    ratio('info-once', 'byHand', 1.2, 'entity info, cold (each key once)'),
    ratio('create-1', 'byHand', 2, 'create link, new, 1 id'),
    ratio('create-1', 'express', 8, 'create link, new, 1 id'),
    ratio('create-50', 'byHand', 1.5, 'create link, new, 50 ids'),
    ratio('remove', 'byHand', 2, 'remove link'),
    halfPeak(results),
    ...growthVerdicts(results),
    ...memoryVerdicts(results),
    atMost('`npm start`, warm data folder, to ready', results.startUp?.npmStart.median, 1.5, 's'),
  ]
}

const shortNames: Record<ProgramName, string> = {
  ours: 'ours',
  bare: 'bare Fastify',
  byHand: 'Fastify + pg by hand',
  express: 'Express + Prisma',
  generated: 'Platformatic DB',
}

/** Calls per second with 32 connections in a closed loop: every ratio is made of these. */
function peakOf({ cells }: Results, work: Work, program: ProgramName): number | undefined {
  return cells.find(
    cell => cell.work === work && cell.program === program && cell.connections === 32 && cell.rate === undefined,
  )?.perSecond.median
}

function halfPeak({ cells }: Results): Verdict {
  const open = (program: ProgramName) =>
    cells.find(cell => cell.work === 'info' && cell.program === program && cell.partOfOurPeak === 0.5)
  const [ours, bare] = [open('ours'), open('bare')]
  const most = 1.5
  const verdict = {
    what: 'p99 of entity info at half of our peak rate',
    target: `≤ ${most} × bare Fastify at the same rate`,
  }
  if (!ours || !bare) return { ...verdict, value: undefined, isMet: undefined }
  const ratio = ours.p99.median / bare.p99.median
  return {
    ...verdict,
    value: `${ratio.toFixed(2)} × (${ours.p99.median.toFixed(2)} ms at ${ours.rate}/s)`,
    isMet: ratio <= most,
  }
}

const growthWorks: readonly (readonly [Work, string])[] = [
  ['info', 'entity info, warm'],
  ['info-once', 'entity info, cold'],
  ['create-1', 'create link, 1 id'],
  ['create-50', 'create link, 50 ids'],
  ['remove', 'remove link'],
]

function growthVerdicts({ growth }: Results): Verdict[] {
  const at = (size: number, work: Work) =>
    growth?.cells.find(cell => cell.size === size && cell.work === work)?.perSecond.median
  return growthWorks.map(([work, name]) => {
    const [small, large] = [at(10_000, work), at(1_000_000, work)]
    return atLeast(`10⁶ against 10⁴ links: ${name}`, '≥ 0.9 ×', small && large && large / small, 0.9)
  })
}

function memoryVerdicts({ memory, growth, objects }: Results): Verdict[] {
  const large = growth?.memory.find(measured => measured.objects === 1_000_000)
  const load = atMost(
    `process memory, under load, ${large ? '10⁶' : objects} objects`,
    (large ?? memory)?.most,
    250,
    'MB',
  )
  // The target speaks of a million objects: with fewer it can be missed, but not met.
  const isMet = large || load.isMet === false ? load.isMet : undefined
  return [atMost('process memory, idle', (large ?? memory)?.idle, 120, 'MB'), { ...load, isMet }]
}

function atLeast(what: string, target: string, ratio: number | undefined, least: number): Verdict {
  if (ratio === undefined) return { what, target, value: undefined, isMet: undefined }
  return { what, target, value: `${ratio.toFixed(2)} ×`, isMet: ratio >= least }
}

function atMost(what: string, value: number | undefined, most: number, unit: 's' | 'MB'): Verdict {
  const target = `≤ ${most} ${unit}`
  if (value === undefined) return { what, target, value: undefined, isMet: undefined }
  return { what, target, value: `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`, isMet: value <= most }
}
