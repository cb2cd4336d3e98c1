import t from 'tap'
import { pairedRatio, rankOf, stateOf } from '../../bench/measure/paired-ratio.ts'

t.test('the ranks are those of the sign test', async t => {
  // From a table of the binomial distribution: pairs, rank, confidence.
  for (const [pairs, rank, confidence] of [
    [11, 1, 0.9990234375],
    [12, 1, 0.99951171875],
    [15, 2, 0.9990234375],
    [19, 3, 0.999271392822],
    [22, 4, 0.999144554138],
  ] as const) {
    t.equal(rankOf(pairs).rank, rank, `${pairs} pairs`)
    t.ok(Math.abs(rankOf(pairs).confidence - confidence) < 1e-9, `${pairs} pairs: ${rankOf(pairs).confidence}`)
  }
  t.match(rankOf(11, 0.95), { rank: 2, confidence: 0.98828125 })
  for (const pairs of [0, 1, 10]) t.equal(rankOf(pairs).rank, 0)
})

t.test('a ratio is one of neighbours, however the machine changes meanwhile', async t => {
  const speeds = [100, 10, 55, 90, 20, 70, 30, 80, 40, 60, 50]
  const found = pairedRatio(
    speeds.map(speed => speed * 0.8),
    speeds,
  )
  t.match(found, { pairs: 11, confidence: 0.9990234375 })
  for (const value of [found?.median, found?.low, found?.high]) t.ok(Math.abs((value ?? 0) - 0.8) < 1e-9)
})

t.test('one turn that was disturbed moves neither the median nor the interval far', async t => {
  const ours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 1_000]
  t.match(
    pairedRatio(
      ours,
      ours.map(() => 1),
    ),
    { median: 8, low: 2, high: 14 },
  )
})

const ones = (count: number): number[] => Array.from({ length: count }, () => 1)

t.test('too few pairs, or figures that are none, give no interval', async t => {
  t.equal(pairedRatio(ones(10), ones(11)), undefined)
  t.equal(pairedRatio([...ones(10), 0], ones(11)), undefined)
  t.equal(pairedRatio([...ones(10), Number.NaN], ones(11)), undefined)
})

t.test('the interval holds the true ratio as often as it says', async t => {
  let state = 42
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  // A skewed disturbance, the same for both: the true ratio is 1.
  const figures = () => Array.from({ length: 15 }, () => 100 * (1 - 0.6 * random() ** 4))
  const runs = 4_000
  const held = Array.from({ length: runs }, () => pairedRatio(figures(), figures())).filter(
    ratio => ratio !== undefined && ratio.low <= 1 && ratio.high >= 1,
  ).length
  t.ok(held / runs > 0.997, `${held} of ${runs}; 99.9 % are expected`)
})

t.test('a target is met or missed only if the whole interval says so', async t => {
  const ratio = { median: 1, low: 0.9, high: 1.1, pairs: 10, confidence: 0.97 }
  t.equal(stateOf(ratio, { least: 0.9 }), 'met')
  t.equal(stateOf(ratio, { least: 0.95 }), 'cannot tell')
  t.equal(stateOf(ratio, { least: 1.2 }), 'missed')
  t.equal(stateOf(ratio, { most: 1.1 }), 'met')
  t.equal(stateOf(ratio, { most: 1 }), 'cannot tell')
  t.equal(stateOf(ratio, { most: 0.8 }), 'missed')
})
