import t from 'tap'
import { durableLines } from '../../src/values/durable-lines.ts'

/** A file that is synced, or fails, when the test says so. */
function playedFile() {
  const calls: string[] = []
  const syncs = [Promise.withResolvers<void>()]
  const file = {
    appendFile: async (text: string) => {
      calls.push(text)
    },
    datasync: () => {
      const { promise } = syncs.at(-1) as PromiseWithResolvers<void>
      syncs.push(Promise.withResolvers<void>())
      calls.push('sync')
      return promise
    },
  }
  return { file, calls, sync: (index: number) => syncs[index] as PromiseWithResolvers<void> }
}

t.test('lines that arrive during a sync share the next one', async t => {
  const { file, calls, sync } = playedFile()
  const append = durableLines(file)
  const first = append('1')
  await Promise.resolve()
  await Promise.resolve()
  const later = [append('2'), append('3')]
  t.same(calls, ['1\n', 'sync'])
  sync(0).resolve()
  await first
  sync(1).resolve()
  await Promise.all(later)
  t.same(calls, ['1\n', 'sync', '2\n3\n', 'sync'])
})

t.test('after a write that failed every later one fails', async t => {
  const { file, calls, sync } = playedFile()
  const append = durableLines(file)
  const [first, second] = [append('1'), append('2')]
  sync(0).reject(new Error('full'))
  await t.rejects(first, /full/)
  await t.rejects(second, /full/)
  await t.rejects(append('3'), /full/)
  await t.rejects(append('4'), /full/)
  t.same(calls, ['1\n2\n', 'sync'], 'nothing is written after it')
})
