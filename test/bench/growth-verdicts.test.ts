import t from 'tap'
import type { ManagementWork } from '../../bench/measure/management-works.ts'
import type { ManagementCell, Results } from '../../bench/measure/results.ts'
import { figure } from '../../bench/measure/statistics.ts'
import { verdicts } from '../../bench/targets.ts'

const rounds = (value: number) => figure(Array.from({ length: 11 }, (_, n) => value * (1 + n / 1_000)))

const management = (size: number, work: ManagementWork, milliseconds: number): ManagementCell => ({
  size,
  work,
  milliseconds: rounds(milliseconds),
  slowest: rounds(2 * milliseconds),
  perSecond: rounds(1_000 / milliseconds),
})

const calls = (size: number, perSecond: number) => ({ size, work: 'create-1', perSecond: rounds(perSecond) }) as const

t.test('the largest database is judged beside that of 10,000 links', async t => {
  const results = {
    cells: [],
    growth: {
      cells: [calls(10_000, 4_000), calls(1_000_000, 9_000), calls(10_000_000, 3_000)],
      management: [
        ...([10_000, 1_000_000, 10_000_000] as const).flatMap((size, step) => [
          management(size, 'list-issue', 2 + step / 4),
          management(size, 'feed', 2 * (step + 1)),
          management(size, 'rename', 900),
        ]),
        management(10_000_000, 'search', 90),
        management(10_000_000, 'far-page', 110),
      ],
      memory: [],
    },
  } as unknown as Results
  const told = verdicts(results).filter(({ what, value }) => what.startsWith('10') && value !== undefined)
  t.same(
    told.map(({ what, target, state }) => `${what}: ${target}: ${state}`),
    [
      '10⁷ against 10⁴ links: create link, 1 id: ≥ 0.9 ×: missed',
      '10⁷ against 10⁴ links: links of an issue: ms: ≤ 1.5 ×: met',
      '10⁷ against 10⁴ links: the newest page of the feed: ms: ≤ 1.5 ×: missed',
      '10⁷ against 10⁴ links: renames of an object with 20,000 links: ≥ 0.9 ×: met',
      '10⁷ links and objects: a search by text, the slowest of a turn: ≤ 200 ms: met',
      '10⁷ links and objects: the farthest numbered page, the slowest of a turn: ≤ 200 ms: missed',
    ],
  )
})
