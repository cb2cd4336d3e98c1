import type { Work } from './load/job.ts'
import type { ManagementWork } from './measure/management-works.ts'
import { type PairedRatio, pairedRatio, type State, stateOf } from './measure/paired-ratio.ts'
import type { Cell, Results } from './measure/results.ts'
import { type Figure, figure } from './measure/statistics.ts'
import type { ProgramName } from './world/programs.ts'

/**
 * A target of this project, and how far a run met it. `value` is undefined if the run did not measure it, `state` if there is nothing
 * to judge.
 */
export type Verdict = { what: string; target: string; value: string | undefined; state: State | undefined }

/** What is compared of two cells: calls per second, processor time per call, a latency. */
type Measure = 'perSecond' | 'processor' | 'p50' | 'p99'

/** Which cells: those of a closed loop if no rate is given. */
type Row = { work: Work; connections: number; rate?: number; partOfOurPeak?: number }

/** Every target, in the order of docs/performance.md, with the results of a run. */
export function verdicts(results: Results): Verdict[] {
  const at200: Row = { work: 'create-1', connections: 64, rate: 200 }
  const perSecond = (row: Row, peer: ProgramName, least: number, what: string) =>
    compared(results, { row, peer, measure: 'perSecond', least, what })
  const noMore = (measure: Measure, row: Row, peer: ProgramName, most: number, what: string) =>
    compared(results, { row, peer, measure, most, what })
  return [
    noMore('processor', with32('info'), 'bare', 1.15, 'entity info, warm, token check on: processor time'),
    noMore('processor', with32('info'), 'byHand', 0.22, 'entity info, warm, token check on: processor time'),
    noMore('processor', with32('info-once'), 'byHand', 0.83, 'entity info, cold (each key once): processor time'),
    perSecond(with32('create-1'), 'byHand', 2, 'create link, new, 1 id'),
    perSecond(with32('create-1'), 'express', 8, 'create link, new, 1 id'),
    perSecond(with32('create-50'), 'byHand', 1.5, 'create link, new, 50 ids'),
    perSecond(with32('repeat-50'), 'byHand', 1.2, 'create link, repeated, 50 ids'),
    perSecond(with32('remove'), 'byHand', 2, 'remove link'),
    perSecond(alone('create-1'), 'byHand', 1.1, 'create link, new, 1 id, one connection'),
    perSecond(alone('remove'), 'byHand', 1.1, 'remove link, one connection'),
    perSecond(with256('create-1'), 'byHand', 3, 'create link, new, 1 id, 256 connections'),
    perSecond(with256('remove'), 'byHand', 3, 'remove link, 256 connections'),
    noMore('p50', at200, 'byHand', 1, 'p50 of create link at 200/s'),
    noMore('p99', at200, 'byHand', 1, 'p99 of create link at 200/s'),
    noMore('p99', halfPeak, 'bare', 1.5, 'p99 of entity info at half of our peak rate'),
    ...growthVerdicts(results),
    ...memoryVerdicts(results),
    atMost('`npm start`, warm data folder, to ready', results.startUp?.npmStart, 0.8, 's'),
    atMost('a command (`tracker-links links list`), to its end', results.startUp?.command, 0.25, 's'),
  ]
}

const with32 = (work: Work): Row => ({ work, connections: 32 })
const alone = (work: Work): Row => ({ work, connections: 1 })
const with256 = (work: Work): Row => ({ work, connections: 256 })
const halfPeak: Row = { work: 'info', connections: 64, partOfOurPeak: 0.5 }

const shortNames: Record<ProgramName, string> = {
  ours: 'ours',
  raw: 'raw Node',
  bare: 'bare Fastify',
  byHand: 'Fastify + pg by hand',
  express: 'Express + Prisma',
  generated: 'Platformatic DB',
}

type Comparison = { row: Row; peer: ProgramName; measure: Measure; least?: number; most?: number; what: string }

function compared({ cells }: Results, { row, peer, measure, least, most, what }: Comparison): Verdict {
  const target = `${least === undefined ? `≤ ${most}` : `≥ ${least}`} × ${shortNames[peer]}`
  const figures = (program: ProgramName) => cells.find(cell => cell.program === program && isOf(cell, row))?.[measure]
  const [ours, theirs] = [figures('ours'), figures(peer)]
  if (!ours || !theirs) return { what, target, value: undefined, state: undefined }
  const ratio = pairedRatio(ours.rounds, theirs.rounds)
  // Runs of former versions have three rounds.
  if (ratio === undefined)
    return { what, target, value: `${(ours.median / theirs.median).toFixed(2)} ×`, state: 'cannot tell' }
  const limits = { ...(least !== undefined && { least }), ...(most !== undefined && { most }) }
  return { what, target, value: tellRatio(ratio), state: stateOf(ratio, limits) }
}

const isOf = (cell: Cell, { work, connections, rate, partOfOurPeak }: Row): boolean =>
  cell.work === work &&
  cell.connections === connections &&
  (partOfOurPeak === undefined ? cell.rate === rate : cell.partOfOurPeak === partOfOurPeak)

export const tellRatio = ({ median, low, high }: PairedRatio): string =>
  `${median.toFixed(2)} × (${low.toFixed(2)} to ${high.toFixed(2)})`

const growthWorks: readonly (readonly [Work, string])[] = [
  ['info', 'entity info, warm'],
  ['info-once', 'entity info, cold'],
  ['create-1', 'create link, 1 id'],
  ['create-50', 'create link, 50 ids'],
  ['remove', 'remove link'],
]

/** What is compared of a call to the management API, and the limits of its ratio. */
type GrownCall = readonly [ManagementWork, string, 'milliseconds' | 'perSecond', { least?: number; most?: number }]

const grownCalls: readonly GrownCall[] = [
  ['list-issue', 'links of an issue: ms', 'milliseconds', { most: 1.5 }],
  ['list-object', 'links of an object: ms', 'milliseconds', { most: 1.5 }],
  ['feed', 'the newest page of the feed: ms', 'milliseconds', { most: 1.5 }],
  ['prefix', 'objects by prefix: ms', 'milliseconds', { most: 1.5 }],
  ['push', 'objects pushed in bulk a second', 'perSecond', { least: 0.9 }],
  ['rename', 'renames of an object with 20,000 links', 'perSecond', { least: 0.9 }],
]

const boundedCalls: readonly (readonly [ManagementWork, string])[] = [
  ['search', 'a search by text'],
  ['first-page', 'the first numbered page of all links'],
  ['far-page', 'the farthest numbered page'],
]

/** The largest database, of a million links at least, beside the one of 10,000. */
function growthVerdicts({ growth }: Results): Verdict[] {
  const size = Math.max(1_000_000, ...(growth?.cells ?? []).map(cell => cell.size))
  const what = (name: string) => `10${superscript(Math.log10(size))} against 10⁴ links: ${name}`
  const calls = growthWorks.map(([work, name]) => {
    const at = (of: number) => growth?.cells.find(cell => cell.size === of && cell.work === work)?.perSecond.rounds
    return grown(what(name), at(10_000), at(size), { least: 0.9 })
  })
  const find = (of: number, work: ManagementWork) =>
    growth?.management?.find(cell => cell.size === of && cell.work === work)
  const management = grownCalls.map(([work, name, measure, limits]) =>
    grown(what(name), find(10_000, work)?.[measure].rounds, find(size, work)?.[measure].rounds, limits),
  )
  const bounded = boundedCalls.map(([work, name]) =>
    atMost(
      `10${superscript(Math.log10(size))} links and objects: ${name}, the slowest of a turn`,
      find(size, work)?.slowest,
      200,
      'ms',
    ),
  )
  return [...calls, ...management, ...bounded]
}

function grown(
  what: string,
  small: readonly number[] | undefined,
  large: readonly number[] | undefined,
  limits: { least?: number; most?: number },
): Verdict {
  const verdict = { what, target: limits.least === undefined ? `≤ ${limits.most} ×` : `≥ ${limits.least} ×` }
  const ratio = small && large && pairedRatio(large, small)
  if (ratio !== undefined) return { ...verdict, value: tellRatio(ratio), state: stateOf(ratio, limits) }
  const state = small && large ? ('cannot tell' as const) : undefined
  return { ...verdict, value: state && 'too few rounds', state }
}

const superscript = (power: number): string =>
  Array.from(power.toFixed(Number.isInteger(power) ? 0 : 1), letter => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(letter)] ?? '·').join('')

function memoryVerdicts({ memory, growth, objects }: Results): Verdict[] {
  const large = growth?.memory.find(measured => measured.objects === 1_000_000)
  const { idle, most } = large ?? memory ?? {}
  const load = atMost(`process memory, under load, ${large ? '10⁶' : objects} objects`, once(most), 240, 'MB')
  // The target speaks of a million objects: with fewer it can be missed, but not met.
  const state = large || load.state === 'missed' ? load.state : undefined
  return [atMost('process memory, idle', once(idle), 100, 'MB'), { ...load, state }]
}

const once = (value: number | undefined): Figure | undefined => (value === undefined ? undefined : figure([value]))

/** Met or missed only if all rounds say so. */
function atMost(what: string, figure: Figure | undefined, limit: number, unit: 's' | 'ms' | 'MB'): Verdict {
  const target = `≤ ${limit} ${unit}`
  if (figure === undefined) return { what, target, value: undefined, state: undefined }
  const { median, least, most, rounds } = figure
  const tell = (value: number) => value.toFixed(unit === 's' ? 2 : 0)
  const range = rounds.length > 1 ? ` (${tell(least)} to ${tell(most)} ${unit})` : ''
  const state = most <= limit ? 'met' : least > limit ? 'missed' : 'cannot tell'
  return { what, target, value: `${tell(median)} ${unit}${range}`, state }
}
