import t from 'tap'
import { callsInFlight, inFlight, isFull, isPressed } from '../../src/overload/calls-in-flight.ts'

const limits = { most: 100, sure: 10, patience: 1_000 }

/** Calls in flight by a clock that stands still until it is moved. */
function played(more: Partial<typeof limits> = {}) {
  let time = 0
  const calls = callsInFlight({ ...limits, ...more }, () => time)
  const ends: (() => void)[] = []
  const begin = (applicationId: string, count = 1) => {
    for (let n = 0; n < count; n++) {
      const work = Promise.withResolvers<void>()
      void inFlight(calls, applicationId, work.promise)
      ends.push(work.resolve)
    }
  }
  const end = async (count: number) => {
    for (const resolve of ends.splice(0, count)) resolve()
    await new Promise(setImmediate)
  }
  return {
    calls,
    begin,
    end,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

t.test('a burst is let in up to the limit', async t => {
  const { calls, begin, end } = played()
  begin('crm', 99)
  t.equal(isPressed(calls), false)
  begin('crm')
  t.equal(isFull(calls, 'crm'), true)
  await end(1)
  t.equal(isFull(calls, 'crm'), false)
})

t.test('an application that has less than its share is let in beside another that floods', async t => {
  const { calls, begin } = played()
  begin('crm', 100)
  t.equal(isFull(calls, 'crm'), true)
  t.equal(isFull(calls, 'erp'), false)
  begin('erp', 49)
  t.equal(isFull(calls, 'erp'), false, 'its share is half')
  begin('erp')
  t.equal(isFull(calls, 'erp'), true)
  t.equal(isFull(calls, 'hr'), false, 'a third one has a share as well')
})

t.test('where more applications call than calls may be in flight, none has a share', async t => {
  const { calls, begin } = played()
  for (let n = 0; n < 100; n++) begin(`app-${n}`)
  t.equal(isFull(calls, 'another'), true)
})

t.test('calls that would wait too long, by the rate of late, are refused below the limit', async t => {
  const { calls, begin, end, pass } = played()
  begin('crm', 20)
  pass(2_000)
  await end(5)
  // 5 in two seconds: 15 in flight take 6 s.
  t.equal(isFull(calls, 'crm'), true)
  await end(6)
  t.equal(isFull(calls, 'crm'), false, 'fewer than `sure` are always let in')
})

t.test('nothing ended for a second: no more than `sure` are let in', async t => {
  const { calls, begin, pass } = played()
  begin('crm', 10)
  pass(900)
  t.equal(isFull(calls, 'crm'), false, 'as yet nothing is known')
  pass(1_000)
  t.equal(isFull(calls, 'crm'), true)
})

t.test('the rate is that of late, whatever it was before', async t => {
  const { calls, begin, end, pass } = played({ patience: 5_000 })
  begin('crm', 96)
  for (const [seconds, isSlow] of [
    [1, false],
    [8, true],
    [1, false],
  ] as const) {
    pass(seconds * 1_000)
    await end(32)
    begin('crm', 32)
    t.equal(isPressed(calls), isSlow, `32 ended in ${seconds} s`)
  }
})

t.test('a pause is not taken for slowness', async t => {
  const { calls, begin, end, pass } = played()
  begin('crm', 20)
  pass(100)
  await end(20)
  pass(60_000)
  begin('crm', 50)
  pass(100)
  t.equal(isFull(calls, 'crm'), false)
})

t.test('a call that fails has ended as well', async t => {
  const { calls } = played()
  await t.rejects(inFlight(calls, 'crm', Promise.reject(new Error('away'))))
  t.equal(calls.total, 0)
  t.equal(calls.byApplication.size, 0)
})
