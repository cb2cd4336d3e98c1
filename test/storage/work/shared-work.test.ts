import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { shareWork } from '../../../src/storage/work/shared-work.ts'
import { until } from '../../support/until.ts'

const started = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)))

/** A lane of numbers whose batches are held until they are released, one after another. */
function lane(refuse: (batch: readonly number[]) => Error | undefined = () => undefined) {
  const batches: number[][] = []
  let release: (() => void) | undefined
  const share = shareWork<number, string>({
    run: async batch => {
      batches.push([...batch])
      await new Promise<void>(resolve => {
        release = resolve
      })
      const refusal = refuse(batch)
      if (refusal) throw refusal
      return batch.map(String)
    },
    alike: (one, other) => one % 2 === other % 2,
    weight: item => Math.abs(item),
    heaviest: 10,
    heavy: Infinity,
    touches: () => [],
  })
  return {
    batches,
    share,
    releaseAll: async () => {
      for (let seen = 0; seen < batches.length; seen++) {
        release?.()
        await started()
      }
    },
  }
}

t.test('an idle lane starts at once, what comes meanwhile goes together, each gets its own result', async t => {
  const { batches, share, releaseAll } = lane()
  const first = share(1)
  await started()
  t.same(batches, [[1]])
  const others = Promise.all([share(3), share(5)])
  await started()
  t.same(batches, [[1]], 'while the first is under way')
  await releaseAll()
  t.equal(await first, '1')
  t.same(await others, ['3', '5'])
  t.same(batches, [[1], [3, 5]])
})

t.test('items keep their order: unlike ones are not done together, nor does one overtake another', async t => {
  const { batches, share, releaseAll } = lane()
  const all = Promise.all([1, 3, 2, 5].map(share))
  await started()
  await releaseAll()
  t.same(await all, ['1', '3', '2', '5'])
  t.same(batches, [[1, 3], [2], [5]])
})

t.test('a batch is not heavier than allowed, but an item that is goes alone', async t => {
  const { batches, share, releaseAll } = lane()
  const all = Promise.all([5, 5, 1, 99, 1].map(share))
  await started()
  await releaseAll()
  await all
  t.same(batches, [[5, 5], [1], [99], [1]])
})

t.test('an item that cannot be done fails alone', async t => {
  const { share, releaseAll } = lane(batch => (batch.includes(3) ? new Error('three') : undefined))
  const all = Promise.allSettled([1, 3, 5].map(share))
  await started()
  await releaseAll()
  t.match(await all, [
    { status: 'fulfilled', value: '1' },
    { status: 'rejected', reason: { message: 'three' } },
    { status: 'fulfilled', value: '5' },
  ])
})

t.test('a database that is away fails all of a batch at once, and the lane goes on', async t => {
  let away = true
  const gone = Object.assign(new Error('gone'), { code: 'P1001' })
  const { batches, share, releaseAll } = lane(() => (away ? gone : undefined))
  const failed = Promise.allSettled([1, 3].map(share))
  await started()
  await releaseAll()
  t.match(await failed, [{ status: 'rejected' }, { status: 'rejected' }])
  t.equal(batches.length, 1)
  away = false
  const later = share(5)
  await started()
  await releaseAll()
  t.equal(await later, '5')
})

t.test('two lanes work at once, but never on the same thing, and nothing overtakes what touches the same', async t => {
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const share = shareWork<string, string>({
    run: batch => {
      begun.push(batch.join(' '))
      return new Promise(resolve => ends.set(batch.join(' '), () => resolve([...batch])))
    },
    alike: () => true,
    weight: () => 1,
    heaviest: 2,
    heavy: 1,
    touches: item => [item[0] as string],
  })
  const all = Promise.all(['a1', 'b1', 'a2', 'c1', 'd1'].map(share))
  await started()
  t.same(begun, ['a1 b1'], 'a2 waits for a1, and c1 for its turn')
  ends.get('a1 b1')?.()
  await started()
  await started()
  t.same(begun, ['a1 b1', 'a2 c1', 'd1'])
  const late = share('d2')
  await started()
  t.same(begun, ['a1 b1', 'a2 c1', 'd1'], 'both lanes are taken')
  ends.get('a2 c1')?.()
  await started()
  t.same(begun, ['a1 b1', 'a2 c1', 'd1'], 'a lane is free, but d1 is under way')
  ends.get('d1')?.()
  await started()
  ends.get('d2')?.()
  t.same(await all, ['a1', 'b1', 'a2', 'c1', 'd1'])
  t.equal(await late, 'd2')
})

/** Work of which so many items go together. The batch that begins with an item in `ends` ends with its promise, others at once. */
function quickWork(heaviest: number, heavy: number, ends: Record<number, Promise<void>> = {}) {
  const batches: number[] = []
  const settled: number[] = []
  const share = shareWork<number, number>({
    run: async batch => {
      batches.push(batch.length)
      await ends[batch[0]]
      return batch
    },
    alike: () => true,
    weight: () => 1,
    heaviest,
    heavy,
    touches: () => [],
  })
  return { batches, settled, call: async (item: number) => settled.push(await share(item)) }
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)

t.test(
  'the results of a large batch take turns of the event loop: the next batch does not wait for them, its results do',
  async t => {
    const { batches, settled, call } = quickWork(100, Infinity)
    const calls = numbers(101).map(call)
    let most = 0
    let whenNextBegan = 0
    for (let seen = 0; seen < 100; seen = settled.length) {
      await nextTurn()
      most = Math.max(most, settled.length - seen)
      if (batches.length < 2) whenNextBegan = settled.length
    }
    t.ok(most <= 48, `${most} in a turn`)
    t.ok(whenNextBegan < 100, `the next batch began after ${whenNextBegan} of a hundred results`)
    await Promise.all(calls)
    t.same(batches, [100, 1])
    t.same(settled, numbers(101))
  },
)

t.test('what the results of a large batch bring goes together, beside another batch', async t => {
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const { batches, settled, call } = quickWork(300, 10, { 0: first.promise, 300: second.promise })
  const calls = numbers(310).map(async item => {
    await call(item)
    await nextTurn()
    if (item < 200) await call(item)
  })
  await until(() => batches.length === 2)
  first.resolve()
  await until(() => settled.length === 500)
  t.same(batches, [300, 10, 200])
  second.resolve()
  await Promise.all(calls)
  t.equal(batches.length, 3)
})
