import t from 'tap'
import { cardTurns, isItsTurn, waitForTurn } from '../../src/overload/card-turns.ts'

/** Turns that end when they are told to, by a clock that stands still until it is moved. */
function played() {
  let time = 0
  const ends: (() => void)[] = []
  const turns = cardTurns(
    () => time,
    end => ends.push(end),
  )
  const answered: string[] = []
  const call = (application: string, count = 1) => {
    for (let calls = 0; calls < count; calls++)
      if (isItsTurn(turns, application)) answered.push(application)
      else waitForTurn(turns, application, () => answered.push(application))
  }
  const answersTo = (application: string) => answered.filter(one => one === application).length
  return {
    call,
    answersTo,
    endTurn: () => ends.shift()?.(),
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

/** Two applications share the turns, and a new one begins. */
function shared() {
  const turns = played()
  turns.call('crm', 40)
  turns.endTurn()
  turns.call('erp')
  turns.endTurn()
  return turns
}

t.test('the calls of an application that calls much wait, and are answered within some turns', t => {
  const { call, answersTo, endTurn } = shared()
  const before = answersTo('crm')
  call('crm', 40)
  const atOnce = answersTo('crm') - before
  t.ok(atOnce > 0 && atOnce < 20, 'most of them wait')
  endTurn()
  t.equal(answersTo('crm') - before, 2 * atOnce, 'as many are answered in the next turn')
  call('crm')
  t.equal(answersTo('crm') - before, 2 * atOnce, 'and no other before those that wait')
  for (let turns = 0; turns < 5; turns++) endTurn()
  t.equal(answersTo('crm') - before, 41)
  t.end()
})

t.test('an application that calls little does not wait, and one that calls some does not wait for much', t => {
  const { call, answersTo, endTurn } = shared()
  call('crm', 400)
  call('erp')
  t.equal(answersTo('erp'), 2)
  call('erp', 20)
  endTurn()
  t.equal(answersTo('erp'), 22)
  t.end()
})

t.test('nobody waits for an application that has not called for a while, nor without load', t => {
  const alone = played()
  alone.call('crm', 100)
  alone.endTurn()
  alone.call('crm', 100)
  t.equal(alone.answersTo('crm'), 200, 'the only application')

  const former = shared()
  former.call('crm')
  former.pass(1_500)
  // The first calls after a pause are not busy; these are.
  former.call('crm', 64)
  former.endTurn()
  const before = former.answersTo('crm')
  former.call('crm', 64)
  t.equal(former.answersTo('crm') - before, 64, 'the other has not called for longer than a second')

  const slow = played()
  for (let calls = 0; calls < 20; calls++) {
    slow.call(calls % 2 === 0 ? 'crm' : 'erp', 16)
    slow.pass(5)
  }
  t.equal(slow.answersTo('crm') + slow.answersTo('erp'), 320, 'four thousand calls a second are no load')
  t.end()
})

t.test('on a machine that is slower a turn has fewer cards, and as many as before once it is fast again', t => {
  const { call, answersTo, endTurn, pass } = shared()
  const inTurn = () => {
    const before = answersTo('crm')
    call('crm', 40)
    const answered = answersTo('crm') - before
    for (let turns = 0; turns < 40; turns++) endTurn()
    return answered
  }
  const fast = inTurn()
  const slow: number[] = []
  for (let turns = 0; turns < 9; turns++) {
    call('erp')
    call('crm', 40)
    pass(3)
    endTurn()
    slow.push(answersTo('crm'))
  }
  const least = (slow.at(-1) as number) - (slow.at(-2) as number)
  t.ok(least >= 2 && least < fast / 3, `${least} instead of ${fast}`)
  for (let turns = 0; turns < 400; turns++) endTurn()
  t.equal(inTurn(), fast)
  t.end()
})
