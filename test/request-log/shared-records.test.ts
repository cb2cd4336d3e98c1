import t from 'tap'
import { noCalls, refusedOf, type SharedKinds, takeLast, takes } from '../../src/request-log/shared-records.ts'
import type { NewCallRecord } from '../../src/storage/calls/write-calls.ts'

t.test('the last record of a second stands for those that have none, once', async t => {
  const kind = noCalls()
  for (let times = 0; times < 100; times++) {
    t.ok(takes(kind))
    kind.kept++
  }
  const last = { standsFor: 1 } as NewCallRecord
  kind.last = last
  t.same([takes(kind), takes(kind)], [false, false])
  t.equal(takeLast(kind), last)
  t.equal(last.standsFor, 3)
  t.equal(takeLast(kind), undefined, 'it is taken once')
  t.equal(last.standsFor, 3)
})

t.test('each code of a refusal is a kind of its own', async t => {
  const kinds: SharedKinds = { cards: noCalls(), refused: new Map() }
  const unknown = refusedOf(kinds, 'object-unknown')
  t.not(refusedOf(kinds, 'key-invalid'), unknown)
  t.equal(refusedOf(kinds, 'object-unknown'), unknown)
})
