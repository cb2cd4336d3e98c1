import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { fairTurns } from '../../../src/storage/work/fair-turns.ts'

const patient = { longestLine: 100, longestWait: 60_000 }

t.test('as many as may run at once do, the others in their order', async t => {
  const inTurn = fairTurns({ most: 2, ...patient })
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<number>())
  const started: number[] = []
  const works = ends.map(({ promise }, index) =>
    inTurn('crm', async () => {
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
  t.equal(await inTurn('crm', async () => 'later'), 'later')
})

t.test('whoever asks for little is not kept waiting by whoever asks for much', async t => {
  const inTurn = fairTurns({ most: 1, ...patient })
  const order: string[] = []
  const work = (who: string) =>
    inTurn(who, async () => {
      await setImmediate()
      order.push(who)
    })
  const much = Array.from({ length: 6 }, () => work('much'))
  await Promise.all([...much, work('little'), work('other'), work('little')])
  t.same(order, ['much', 'much', 'little', 'other', 'much', 'little', 'much', 'much', 'much'])
})

t.test('a line that is full refuses at once, and only its own caller', async t => {
  const inTurn = fairTurns({ most: 1, longestLine: 2, longestWait: 60_000 })
  const end = Promise.withResolvers<void>()
  const all = [0, 1, 2].map(() => inTurn('much', () => end.promise))
  await t.rejects(
    inTurn('much', async () => t.fail('must not run')),
    { code: 'too-many-calls', status: 429, headers: { 'retry-after': '1' } },
  )
  const other = inTurn('little', async () => 'its turn')
  end.resolve()
  await Promise.all(all)
  t.equal(await other, 'its turn')
})

t.test('who has waited for too long is told so, and its turn goes to the next', async t => {
  const inTurn = fairTurns({ most: 1, longestLine: 10, longestWait: 1 })
  const end = Promise.withResolvers<void>()
  const first = inTurn('crm', () => end.promise)
  for (const who of ['crm', 'crm', 'erp'])
    await t.rejects(
      inTurn(who, async () => t.fail('must not run')),
      { code: 'calls-waiting', status: 503, headers: { 'retry-after': '1' } },
    )
  end.resolve()
  await first
  t.equal(await inTurn('erp', async () => 'again'), 'again')
})

t.test('whoever waits while the database is away is told so with the first', async t => {
  const inTurn = fairTurns({ most: 1, ...patient })
  const away = Object.assign(new Error('away'), { code: 'P1001' })
  const outcomes = await Promise.allSettled([
    inTurn('crm', async () => setImmediate().then(() => Promise.reject(away))),
    inTurn('crm', async () => t.fail('must not run')),
    inTurn('erp', async () => t.fail('must not run')),
  ])
  t.same(new Set(outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason)), new Set([away]))
  t.equal(await inTurn('crm', async () => 'again'), 'again')
})
