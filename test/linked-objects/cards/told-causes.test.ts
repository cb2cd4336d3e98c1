import t from 'tap'
import { mayTell, type ToldCauses } from '../../../src/linked-objects/cards/told-causes.ts'

t.test('each cause is told once a minute', async t => {
  const told: ToldCauses = new Map()
  t.ok(mayTell(told, 'failed 502', 0))
  t.ok(mayTell(told, 'unauthorized 401', 1))
  t.notOk(mayTell(told, 'failed 502', 59_999))
  t.ok(mayTell(told, 'failed 502', 60_000))
})

t.test('of any number of causes few are told, and few are remembered', async t => {
  const told: ToldCauses = new Map()
  const tell = (from: number, now: number) =>
    Array.from({ length: 1_000 }, (_, index) => mayTell(told, `cause ${from + index}`, now)).filter(may => may).length
  t.equal(tell(0, 0), 21)
  t.equal(tell(0, 1_000), 0)
  t.equal(tell(5_000, 60_000), 21, 'a minute later there is room for new ones')
  t.ok(told.size <= 21)
})

t.test('what was not told is counted, and told with the next', async t => {
  const told: ToldCauses = new Map()
  t.equal(mayTell(told, 'links', 0, 3), 3)
  t.equal(mayTell(told, 'links', 1, 5), 0)
  t.equal(mayTell(told, 'links', 2), 0)
  t.equal(mayTell(told, 'links', 60_000, 2), 8)
  t.equal(mayTell(told, 'links', 120_000), 1)
})
