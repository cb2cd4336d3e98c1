import t from 'tap'
import { type ImportStep, replay } from '../../src/reconciliation/import-journal.ts'

const started = (row: number): ImportStep => ({ row, state: 'started' })
const refused = (row: number): ImportStep => ({ row, state: 'refused', status: 403, why: 'No.' })

t.test('a row that was sent and has not ended may be in Tracker', async t => {
  const { ended, started: sent } = replay([
    started(1),
    started(2),
    { row: 1, state: 'done' },
    { row: 3, state: 'there' },
  ])
  t.same([...ended.keys()], [1, 3])
  t.same([...sent], [1, 2])
})

t.test('a row that was refused is not ours, and one that is sent again has not ended', async t => {
  t.same(replay([started(1), refused(1)]), {
    ended: new Map([[1, { state: 'refused', status: 403, why: 'No.' }]]),
    started: new Set(),
  })
  t.same(replay([started(1), refused(1), started(1)]), { ended: new Map(), started: new Set([1]) })
})
