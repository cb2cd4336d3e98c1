import t from 'tap'
import { perApplication, shareWork } from '../../../src/storage/work/shared-work.ts'

const nextTurns = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)))

/** Numbers whose batches are held; `heavy` is the waiting weight at which a second one begins beside the first. */
function heldWork(heavy: number, touches: (item: number) => readonly string[] = () => []) {
  const batches: number[][] = []
  const ends: PromiseWithResolvers<readonly string[]>[] = []
  const share = shareWork<number, string>({
    run: batch => {
      batches.push([...batch])
      const end = Promise.withResolvers<readonly string[]>()
      ends.push(end)
      return end.promise
    },
    alike: () => true,
    weight: () => 1,
    heaviest: 1,
    heavy,
    touches,
  })
  return { batches, ends, share, end: (index: number) => ends[index]?.resolve((batches[index] ?? []).map(String)) }
}

t.test('at most two batches are in flight, however much waits', async t => {
  const { batches, share, end } = heldWork(1)
  const all = Promise.all([1, 2, 3, 4].map(share))
  for (let turn = 0; turn < 3; turn++) await nextTurns()
  t.same(batches, [[1], [2]])
  end(1)
  await nextTurns()
  t.same(batches, [[1], [2], [3]], 'the next one begins when one of them has ended')
  for (const index of [0, 2]) end(index)
  await nextTurns()
  end(3)
  t.same(await all, ['1', '2', '3', '4'])
})

t.test('a second batch begins only once enough is waiting', async t => {
  const { batches, share, end } = heldWork(3)
  const all = [share(1)]
  await nextTurns()
  all.push(share(2), share(3))
  await nextTurns()
  t.same(batches, [[1]], 'two wait for the commit of the first')
  all.push(share(4))
  await nextTurns()
  t.same(batches, [[1], [2]], 'three do not')
  for (let index = 0; index < 4; index++) {
    end(index)
    await nextTurns()
  }
  t.same(await Promise.all(all), ['1', '2', '3', '4'])
})

t.test('a database that is away fails those that wait as well, and they are not tried', async t => {
  const { batches, ends, share } = heldWork(Infinity)
  const all = [share(1)]
  await nextTurns()
  all.push(share(2), share(3))
  await nextTurns()
  ends[0]?.reject(Object.assign(new Error('gone'), { code: 'P1001' }))
  const gone = { status: 'rejected', reason: { message: 'gone' } }
  t.match(await Promise.allSettled(all), [gone, gone, gone])
  t.same(batches, [[1]])
})

t.test('another failure leaves those that wait to their own turn', async t => {
  const { batches, ends, share, end } = heldWork(Infinity)
  const first = share(1).catch((error: Error) => error.message)
  await nextTurns()
  const second = share(2)
  ends[0]?.reject(new Error('refused'))
  t.equal(await first, 'refused')
  await nextTurns()
  t.same(batches, [[1], [2]])
  end(1)
  t.equal(await second, '2')
})

t.test('what an application shares is made once, and is its own', async t => {
  const made: string[] = []
  const of = perApplication(applicationId => {
    made.push(applicationId)
    return { applicationId }
  })
  t.equal(of('crm'), of('crm'))
  t.same(of('erp'), { applicationId: 'erp' })
  t.same(made, ['crm', 'erp'])
})
