import type { Work } from '../load/job.ts'
import type { ManagementWork } from '../measure/management-works.ts'
import { pairedRatio } from '../measure/paired-ratio.ts'
import type { Cell, Results } from '../measure/results.ts'
import { type Figure, spread } from '../measure/statistics.ts'
import { tellRatio, type Verdict, verdicts } from '../targets.ts'
import { type ProgramName, programNames } from '../world/programs.ts'

/** A table, for a terminal or a page. */
export type Table = { title: string; note?: string; head: string[]; rows: string[][] }

export const workNames: Record<Work, string> = {
  info: 'entity info, warm',
  'info-once': 'entity info, cold',
  'create-1': 'create link, new, 1 id',
  'create-50': 'create link, new, 50 ids',
  'repeat-1': 'create link, repeated, 1 id',
  'repeat-50': 'create link, repeated, 50 ids',
  remove: 'remove link',
  mix: 'mix: 90 % info, 8 % create, 2 % remove',
}

const managementNames: Record<ManagementWork, string> = {
  'list-issue': 'links of an issue (50)',
  'list-object': 'links of an object',
  feed: 'newest page of the feed (100 events)',
  prefix: 'objects by prefix (50)',
  search: 'search by a text that no object has, an answer by cursor',
  'first-page': 'links, page 1, counted',
  'far-page': 'links, the farthest page of 1,000',
  push: 'bulk push of 5,000 new objects',
  rename: 'rename of an object with 20,000 links',
}

const heads: Record<ProgramName, string> = {
  ours: 'ours',
  raw: 'raw Node',
  bare: 'bare Fastify',
  byHand: 'Fastify + pg',
  express: 'Express + Prisma',
  generated: 'Platformatic DB',
}

/** The targets, with a column for each run that measured them. */
export function targetTable(runs: readonly Results[]): Table {
  const columns = runs.map(verdicts)
  const names = runs.map((_run, index) => (runs.length === 1 ? 'measured' : `run ${index + 1}`))
  const rows = (columns[0] ?? []).map(({ what, target }, row) => [
    what,
    target,
    ...columns.map(column => tellVerdict(column[row])),
  ])
  return { title: 'Targets', head: ['work', 'target', ...names], rows }
}

function tellVerdict(verdict: Verdict | undefined): string {
  if (verdict?.value === undefined) return 'not measured'
  if (verdict.state === undefined) return verdict.value
  return `${verdict.value}, ${verdict.state === 'missed' ? 'MISSED' : verdict.state}`
}

/** Calls per second of every program, by work and number of connections, with the spread of the rounds and our ratio. */
export function throughputTable({ cells }: Results): Table {
  return cellTable(
    'Calls per second, closed loop: median (spread of the rounds)',
    cells.filter(cell => cell.rate === undefined),
    cell => `${count(cell.perSecond.median)} (${percent(cell.perSecond)})`,
    cell => workNames[cell.work],
  )
}

/** Processor time per call of every program, and of PostgreSQL for it. */
export function processorTable({ cells }: Results): Table {
  const table = cellTable(
    'Microseconds of processor time per call, closed loop: the program + PostgreSQL (spread of the program)',
    cells.filter(cell => cell.rate === undefined && cell.processor !== undefined),
    ({ processor, database }) =>
      processor && database ? `${count(processor.median)} + ${count(database.median)} (${percent(processor)})` : '–',
    cell => workNames[cell.work],
  )
  return {
    ...table,
    note: 'User and system time from the operating system. Where a program uses no database, what PostgreSQL took meanwhile is its own.',
  }
}

/** Ours beside each other program: the median of the paired ratios, and its interval. */
export function ratioTable({ cells }: Results): Table {
  const ours = cells.filter(cell => cell.program === 'ours')
  const peers = programNames.filter(name => name !== 'ours' && cells.some(cell => cell.program === name))
  const tell = (cell: Cell, peer: ProgramName, measure: 'perSecond' | 'processor' | 'database') => {
    const other = cells.find(
      one =>
        one.program === peer &&
        one.work === cell.work &&
        one.connections === cell.connections &&
        one.rate === cell.rate,
    )
    const ratio = pairedRatio(cell[measure]?.rounds ?? [], other?.[measure]?.rounds ?? [])
    return ratio === undefined ? '–' : tellRatio(ratio)
  }
  const rows = ours
    .filter(cell => cell.rate === undefined)
    .flatMap(cell =>
      (
        [
          ['calls/s', 'perSecond'],
          ['processor', 'processor'],
          ['PostgreSQL', 'database'],
        ] as const
      ).map(([name, measure]) => [
        workNames[cell.work],
        String(cell.connections),
        name,
        ...peers.map(peer => tell(cell, peer, measure)),
      ]),
    )
    .filter(row => row.slice(3).some(value => value !== '–'))
  return {
    title: 'Ours as a multiple of each: median of the paired ratios (its 99.9 % interval)',
    head: ['work', 'connections', 'of', ...peers.map(peer => heads[peer])],
    rows,
  }
}

/** Latencies of every program at the same rate. */
export function latencyTable({ cells }: Results): Table {
  const open = cells.filter(cell => cell.rate !== undefined)
  const late = Math.max(...open.map(cell => cell.lateness?.median ?? 0))
  const table = cellTable(
    'Milliseconds, open loop: p50 / p99 / p99.9',
    open,
    cell => [cell.p50, cell.p99, cell.p999].map(({ median }) => milliseconds(median)).join(' / '),
    cell => `${workNames[cell.work]}, ${count(cell.rate ?? 0)}/s`,
  )
  return { ...table, note: `The load generator itself was late by ${milliseconds(late)} ms at most (p99).` }
}

function cellTable(
  title: string,
  cells: readonly Cell[],
  tell: (cell: Cell) => string,
  name: (cell: Cell) => string,
): Table {
  const present = programNames.filter(program => cells.some(cell => cell.program === program))
  const rowOf = (cell: Cell) => `${name(cell)}\n${cell.connections}`
  const rows = [...new Set(cells.map(rowOf))].map(row => [
    ...row.split('\n'),
    ...present.map(program => {
      const cell = cells.find(cell => rowOf(cell) === row && cell.program === program)
      return cell ? tell(cell) : '–'
    }),
  ])
  return { title, head: ['work', 'connections', ...present.map(program => heads[program])], rows }
}

/** The figures of our server alone: memory, start, import, and larger databases. */
export function serverTable({ memory, startUp, imports = [], growth, objects }: Results): Table {
  const rows = [
    memory && ['memory after the start', `${memory.idle.toFixed(0)} MB`],
    memory && [`most memory under load, ${count(objects)} objects`, `${memory.most.toFixed(0)} MB`],
    ...(growth?.memory ?? []).flatMap(({ objects, idle, most }) => [
      [
        `memory with ${count(objects)} objects: after the start, most under load`,
        `${idle.toFixed(0)} MB, ${most.toFixed(0)} MB`,
      ],
    ]),
    startUp && ['`npm start`, warm data folder, to ready', seconds(startUp.npmStart)],
    startUp && ['`tracker-links serve`, the same', seconds(startUp.serve)],
    startUp?.command && ['`tracker-links links list`, to its end', seconds(startUp.command)],
    ...(growth?.bytes ?? []).map(({ size, link, event, object }) => [
      `bytes on disk with ${count(size)} links and objects: a link, its event, an object`,
      [link, event, object].map(count).join(', '),
    ]),
    ...[...imports, ...(growth?.imports ?? [])].map(({ objects, seconds }) => [
      `import of ${count(objects)} objects`,
      `${seconds.toFixed(1)} s (${count(objects / seconds)}/s)`,
    ]),
  ].filter(row => row !== undefined)
  return { title: 'The server alone', head: ['what', 'measured'], rows }
}

/** Calls per second of the server alone, by the size of its database. */
export function growthTable({ growth }: Results): Table {
  const { sizes, rows } = bySize(growth?.cells ?? [], workNames, ({ perSecond, processor, database }) =>
    [`${count(perSecond.median)} (${percent(perSecond)})`, microseconds(processor, database)]
      .filter(Boolean)
      .join('; '),
  )
  return {
    title: 'Calls per second by links in the database',
    ...(growth?.cells.some(cell => cell.processor) && {
      note: 'Behind it: microseconds of processor time per call, the server + PostgreSQL.',
    }),
    head: ['work', ...sizes.map(count)],
    rows,
  }
}

/** Calls to the management API, by the size of the database. */
export function managementTable({ growth }: Results): Table {
  const { sizes, rows } = bySize(growth?.management ?? [], managementNames, cell => {
    const { work, milliseconds: mean, slowest, perSecond, processor, database } = cell
    const rate = work === 'push' ? `, ${count(perSecond.median)} objects/s` : ''
    return `${milliseconds(mean.median)} / ${milliseconds(slowest.median)}${rate}; ${microseconds(processor, database)}`
  })
  return {
    title: 'Management API, milliseconds by links in the database: mean / slowest of a turn',
    note: 'One call after the other. Behind it: microseconds of processor time per call, the server + PostgreSQL.',
    head: ['call', ...sizes.map(count)],
    rows,
  }
}

function bySize<Name extends string, Found extends { size: number; work: Name }>(
  cells: readonly Found[],
  names: Record<Name, string>,
  tell: (cell: Found) => string,
): { sizes: number[]; rows: string[][] } {
  const sizes = [...new Set(cells.map(cell => cell.size))]
  const works = [...new Set(cells.map(cell => cell.work))]
  const cellOf = (work: Name, size: number) => cells.find(cell => cell.work === work && cell.size === size)
  const rows = works.map(work => [
    names[work],
    ...sizes.map(size => {
      const found = cellOf(work, size)
      return found ? tell(found) : '–'
    }),
  ])
  return { sizes, rows }
}

const microseconds = (server: Figure | undefined, database: Figure | undefined): string =>
  server && database ? `${count(server.median)} + ${count(database.median)}` : ''

const count = (value: number): string => Math.round(value).toLocaleString('en')
const percent = (value: Figure): string =>
  value.rounds.length === 1 ? '1 round' : `${Math.round(spread(value) * 100)} %`
const milliseconds = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0))
const seconds = ({ median, least, most }: Figure): string =>
  `${median.toFixed(2)} s (${least.toFixed(2)} to ${most.toFixed(2)} s)`
