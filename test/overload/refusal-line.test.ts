import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { refusalLine, refuseInLine } from '../../src/overload/refusal-line.ts'
import { until } from '../support/until.ts'

type Caller = { number: number; socket: { destroyed: boolean; destroy: () => void } }

function caller(number: number): Caller {
  const socket = {
    destroyed: false,
    destroy: () => {
      socket.destroyed = true
    },
  }
  return { number, socket }
}

/** A line at a clock that stands still but for `clock`, and those who were refused in it; `again` says what a caller does then. */
function lineOf(again: (caller: Caller) => unknown = () => {}) {
  const clock = { at: 0 }
  const refused: number[] = []
  const line = refusalLine(
    request => {
      const one = request as unknown as Caller
      refused.push(one.number)
      again(one)
    },
    () => clock.at,
  )
  const call = (one: Caller) => refuseInLine(line, one as unknown as IncomingMessage, {} as ServerResponse)
  /** Refusals in so many turns of the event loop. */
  const refusalsIn = async (turns: number) => {
    const before = refused.length
    for (let turn = 0; turn < turns; turn++) await nextTurn()
    return refused.length - before
  }
  return { clock, refused, line, call, refusalsIn }
}

/** So many callers who come again at once for as long as they are there, and who have been for more than two seconds. */
async function deafCallers(t: Test, count: number) {
  const callers = Array.from({ length: count }, (_, number) => caller(number))
  t.teardown(() => {
    for (const { socket } of callers) socket.destroy()
  })
  const all = lineOf(one => one.number < count && all.call(one))
  for (const one of callers) all.call(one)
  t.ok((await all.refusalsIn(200)) >= 5_000, 'as fast as usual at first')
  all.clock.at = 2_000
  await all.refusalsIn(2)
  return { ...all, callers }
}

t.test('many refusals take many turns, in their order, and who has gone gets none', async t => {
  const { refused, call } = lineOf()
  const callers = Array.from({ length: 1_000 }, (_, number) => caller(number))
  for (const one of callers) call(one)
  t.ok(refused.length >= 32 && refused.length <= 512, `${refused.length} in the first turn`)
  callers[900]?.socket.destroy()
  await until(() => refused.length === 999)
  t.same(
    refused,
    Array.from({ length: 1_000 }, (_, number) => number).filter(number => number !== 900),
  )
})

t.test('callers who come again at once are refused at a pace, until they have gone', async t => {
  const { clock, callers, call, line, refused, refusalsIn } = await deafCallers(t, 600)
  const few = await refusalsIn(100)
  t.ok(few < 100, `${few} in a hundred turns`)
  clock.at += 50
  await until(() => line.began === clock.at)
  t.ok((await refusalsIn(1)) <= 40, 'three in four milliseconds')

  for (const { socket } of callers) socket.destroy()
  clock.at++
  await until(() => line.began === clock.at)
  t.equal(line.waiting.size, 0, 'who has gone takes nobody’s turn: one was enough for all')
  t.equal(line.places.count, 0)
  await until(() => !line.isWatched)
  const next = caller(1_000)
  call(next)
  t.equal(refused.at(-1), 1_000, 'the next one is refused at once')
})

t.test('so are twenty, whom one turn can refuse', async t => {
  const { clock, line, refusalsIn } = await deafCallers(t, 20)
  for (let turn = 0; turn < 4; turn++) {
    clock.at += 50
    await until(() => line.began === clock.at)
    t.ok((await refusalsIn(20)) <= 40, 'three in four milliseconds')
  }
})

t.test('thousands who come once are not made to wait, nor when some come back', async t => {
  const { call, clock, line, refused, refusalsIn } = lineOf()
  for (let number = 0; number < 3_000; number++) call(caller(number))
  await until(() => refused.length === 3_000)
  await until(() => !line.isWatched)
  clock.at = 1_100
  for (let number = 0; number < 900; number++) call(caller(number))
  await refusalsIn(50)
  t.equal(refused.length, 3_900)
})

t.test('a line that grows is not made to wait', async t => {
  const { call, clock, line, refusalsIn } = await deafCallers(t, 600)
  t.ok((await refusalsIn(100)) < 100)
  for (let number = 1_000; number < 2_500; number++) call(caller(number))
  await until(() => line.longest === undefined)
  t.ok((await refusalsIn(50)) >= 40 * 32)
  for (const second of [30, 59]) {
    clock.at = (second + 2) * 1_000
    t.ok((await refusalsIn(200)) >= 5_000, 'for a minute')
  }
  clock.at += 2_000
  await refusalsIn(2)
  t.ok((await refusalsIn(100)) < 100, 'and not for longer')
})

t.test('a connection may have 16 calls in it; with one more it is closed', async t => {
  const { call, line } = lineOf()
  for (let number = 0; number < 100; number++) call(caller(number))
  const eager = caller(1_000)
  for (let n = 0; n < 16; n++) call(eager)
  t.notOk(eager.socket.destroyed)
  call(eager)
  t.ok(eager.socket.destroyed)
  await until(() => line.waiting.size === 0)
  t.equal(line.places.count, 0)
})
