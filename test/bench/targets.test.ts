import t from 'tap'
import type { Cell, Results } from '../../bench/measure/results.ts'
import { figure } from '../../bench/measure/statistics.ts'
import { verdicts } from '../../bench/targets.ts'

const rounds = (value: number, spread = 0.01): number[] =>
  Array.from({ length: 11 }, (_, index) => value * (1 + spread * (index / 5 - 1)))

const cell = (over: Partial<Cell>): Cell => {
  const one = figure(rounds(1, 0))
  const common = { work: 'info', connections: 32, perSecond: one, p50: one, p99: one, p999: one } as const
  return { program: 'ours', ...common, answers: 1, checked: { bodies: 1, changes: 1 }, ...over }
}

const results = (over: Partial<Results>): Results => ({
  at: '2026-11-28T00:00:00.000Z',
  mode: 'quick',
  seconds: 1,
  commit: 'abc',
  machine: { processor: '', cores: 2, memoryGb: 1, system: '', node: '', postgres: '', loadBefore: 0 },
  objects: 20_000,
  durability: {},
  cells: [],
  faults: [],
  ...over,
})

const stateOf = (run: Results, what: RegExp, target?: string) =>
  verdicts(run).find(verdict => what.test(verdict.what) && (target ?? verdict.target) === verdict.target)?.state

t.test('a warm card is judged by processor time beside bare Fastify, whatever the calls per second are', async t => {
  const run = (ours: number, spread?: number) =>
    results({
      cells: [
        cell({ processor: figure(rounds(ours, spread)), perSecond: figure(rounds(1)) }),
        cell({ program: 'bare', processor: figure(rounds(100, 0)), perSecond: figure(rounds(9)) }),
      ],
    })
  const judge = (ours: number, spread?: number) =>
    stateOf(run(ours, spread), /warm, token check/, '≤ 1.15 × bare Fastify')
  t.equal(judge(110), 'met')
  t.equal(judge(120), 'missed')
  t.equal(judge(110, 0.1), 'cannot tell')
  t.equal(stateOf(results({}), /warm, token check/), undefined)
})

t.test('changes are judged by calls per second, with each number of connections by itself', async t => {
  for (const [connections, what, least] of [
    [1, /^create link, new, 1 id, one connection$/, 1.1],
    [32, /^create link, new, 1 id$/, 2],
    [256, /^create link, new, 1 id, 256 connections$/, 3],
  ] as const) {
    const run = (ours: number) =>
      results({
        cells: [
          cell({ work: 'create-1', connections, perSecond: figure(rounds(ours)) }),
          cell({ work: 'create-1', connections, program: 'byHand', perSecond: figure(rounds(1, 0)) }),
        ],
      })
    const target = `≥ ${least} × Fastify + pg by hand`
    t.equal(stateOf(run(least * 1.1), what, target), 'met')
    t.equal(stateOf(run(least * 0.9), what, target), 'missed')
  }
})

const started = (...seconds: number[]) =>
  results({
    startUp: { npmStart: figure(seconds), serve: figure([1]), command: figure(seconds.map(one => one / 4)) },
  })

t.test('a start is in time if each of its rounds was', async t => {
  t.equal(stateOf(started(0.7, 0.75), /npm start/), 'met')
  t.equal(stateOf(started(0.7, 0.9), /npm start/), 'cannot tell')
  t.equal(stateOf(started(0.85, 0.9), /npm start/), 'missed')
  t.equal(stateOf(started(0.9, 0.99), /a command/), 'met')
  t.equal(stateOf(started(1.1, 1.2), /a command/), 'missed')
})

const growth = (most: number) => ({ cells: [], imports: [], memory: [{ objects: 1_000_000, idle: 99, most }] })

t.test('the memory under load is met only with a million objects', async t => {
  t.equal(stateOf(results({ memory: { idle: 99, most: 100 } }), /under load/), undefined)
  t.equal(stateOf(results({ memory: { idle: 99, most: 250 } }), /under load/), 'missed')
  t.equal(stateOf(results({ memory: { idle: 101, most: 100 } }), /idle/), 'missed')
  t.equal(stateOf(results({ growth: growth(240) }), /under load/), 'met')
  t.equal(stateOf(results({ growth: growth(241) }), /under load/), 'missed')
})
