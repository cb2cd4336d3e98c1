import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { fewAtOnce } from '../../../src/storage/work/few-at-once.ts'

t.test('as many as may run at once do, the others in their order', async t => {
  const inTurn = fewAtOnce(2)
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>())
  const started: number[] = []
  const works = ends.map(({ promise }, index) =>
    inTurn(async () => {
      started.push(index)
      return promise
    }),
  )
  await setImmediate()
  t.same(started, [0, 1])
  ends[1]?.resolve(1)
  await setImmediate()
  t.same(started, [0, 1, 2])
  ends[0]?.reject(new Error('one fails'))
  await t.rejects(works[0] as Promise<number>, { message: 'one fails' })
  await setImmediate()
  t.same(started, [0, 1, 2, 3], 'and the others go on')
  ends[2]?.resolve(2)
  ends[3]?.resolve(3)
  t.same(await Promise.all(works.slice(1)), [1, 2, 3])
  t.equal(await inTurn(async () => 'later'), 'later')
})

t.test('whoever waits while the database is away is told so with the first', async t => {
  const inTurn = fewAtOnce(1)
  const away = Object.assign(new Error('away'), { code: 'P1001' })
  const outcomes = await Promise.allSettled([
    inTurn(async () => setImmediate().then(() => Promise.reject(away))),
    inTurn(async () => t.fail('must not run')),
    inTurn(async () => t.fail('must not run')),
  ])
  t.same(new Set(outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason)), new Set([away]))
  t.equal(await inTurn(async () => 'again'), 'again')
})
