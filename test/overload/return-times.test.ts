import t from 'tap'
import { callsInFlight, inFlight } from '../../src/overload/calls-in-flight.ts'
import { returnTimes, secondsUntilReturn } from '../../src/overload/return-times.ts'

/** Changes in flight; `answer` refuses one, and ends so many in the second after it. */
function overloaded() {
  const clock = { at: 0 }
  const calls = callsInFlight({ most: 256, sure: 64, patience: 1_000 }, () => clock.at)
  const returns = returnTimes(calls)
  const answer = async (count: number) => {
    secondsUntilReturn(returns)
    for (let call = 0; call < count; call++) await inFlight(calls, 'crm', Promise.resolve())
    clock.at += 1_000
  }
  return { clock, answer, returns }
}

const secondsOf = (count: number, returns: ReturnType<typeof returnTimes>) =>
  Array.from({ length: count }, () => secondsUntilReturn(returns))

t.test('the more are refused, the later they come back: one for 32 calls that are answered', async t => {
  const { answer, returns } = overloaded()
  await answer(3_200)
  const seconds = secondsOf(1_000, returns)
  t.equal(Math.min(...seconds), 1)
  t.equal(Math.max(...seconds), 9, 'what is free of the last second, then 100 a second')
  for (let second = 4; second < 9; second++)
    t.equal(seconds.filter(one => one === second).length, 100, `${second} seconds`)
})

t.test('nobody is sent away for longer than a quarter of a minute', async t => {
  const { answer, returns } = overloaded()
  await answer(32)
  t.equal(Math.max(...secondsOf(1_000, returns)), 15)
})

t.test('those who find no free moment are spread over that time, and do not come all at its end', async t => {
  const { answer, returns } = overloaded()
  await answer(32)
  secondsOf(16, returns)
  const seconds = secondsOf(15_000, returns)
  for (let second = 4; second <= 15; second++) {
    const count = seconds.filter(one => one === second).length
    t.ok(count > 800 && count < 1_200, `${count} of 15,000 in ${second} seconds`)
  }
  await answer(0)
  t.ok(Math.min(...secondsOf(1_000, returns)) < 4, 'so, too, if nothing could be done for a second')
})

t.test('a pause tells nothing of what can be done, nor who is still to come', async t => {
  const { clock, answer, returns } = overloaded()
  await answer(32)
  t.equal(Math.max(...secondsOf(1_000, returns)), 15)
  clock.at += 2_000
  t.same(new Set(secondsOf(500, returns)), new Set([1, 2, 3]))
})

t.test('while it is not known how much can be answered, it is one to three seconds', async t => {
  const { returns } = overloaded()
  t.same(new Set(secondsOf(500, returns)), new Set([1, 2, 3]))
})
