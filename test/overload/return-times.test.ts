import t from 'tap'
import { callsInFlight, inFlight } from '../../src/overload/calls-in-flight.ts'
import { returnTimes, secondsUntilReturn } from '../../src/overload/return-times.ts'

/** Changes in flight, of which one stays, or they would be measured anew each time; `answer` ends so many more in a second. */
function flown() {
  const clock = { at: 0 }
  const calls = callsInFlight({ most: 256, sure: 64, patience: 1_000 }, () => clock.at)
  void inFlight(calls, 'crm', new Promise(() => {}))
  const answer = async (count: number) => {
    for (let call = 1; call <= count; call++) {
      if (call === count) clock.at += 1_000
      await inFlight(calls, 'crm', Promise.resolve())
    }
  }
  return { clock, answer, returns: returnTimes(calls) }
}

const secondsOf = (count: number, returns: ReturnType<typeof returnTimes>) =>
  Array.from({ length: count }, () => secondsUntilReturn(returns))

t.test('the more are refused, the later they come back: one for 32 calls that are answered', async t => {
  const { answer, returns } = flown()
  await answer(3_200)
  const seconds = secondsOf(1_000, returns)
  t.ok(
    Math.min(...seconds) === 1 && Math.max(...seconds) === 9,
    'a burst of a second is made up for, then 100 a second',
  )
  for (let second = 4; second < 9; second++)
    t.equal(seconds.filter(one => one === second).length, 100, `${second} seconds`)
})

t.test('nobody is sent away for longer than a quarter of a minute, and who comes later waits no longer', async t => {
  const { clock, answer, returns } = flown()
  await answer(32)
  t.equal(Math.max(...secondsOf(1_000, returns)), 16)
  clock.at += 20_000
  await answer(3_200)
  t.ok(Math.max(...secondsOf(2, returns)) <= 3)
})

t.test('while it is not known how much can be answered, it is one to three seconds', async t => {
  const { returns } = flown()
  t.same(new Set(secondsOf(500, returns)), new Set([1, 2, 3]))
})
