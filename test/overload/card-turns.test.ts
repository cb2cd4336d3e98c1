import { Socket } from 'node:net'
import t from 'tap'
import { cardTurns, countInTurn } from '../../src/overload/card-turns.ts'

/** Turns that end when they are told to, by a clock that stands still until it is moved, and connections that call. */
function played() {
  let time = 0
  const ends: (() => void)[] = []
  const turns = cardTurns(
    () => time,
    end => ends.push(end),
  )
  const connections = Array.from({ length: 100 }, () => new Socket())
  const call = (application: string, count: number) => {
    for (const connection of connections.slice(0, count)) countInTurn(turns, application, connection)
  }
  const resting = () => connections.filter(connection => connection.isPaused()).length
  return {
    turns,
    call,
    resting,
    endTurn: () => ends.shift()?.(),
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

t.test('the connections of an application that calls much rest, and are read again within some turns', t => {
  const { call, resting, endTurn } = played()
  call('crm', 40)
  endTurn()
  call('erp', 1)
  endTurn()
  call('crm', 40)
  const atFirst = resting()
  t.ok(atFirst > 30, 'most of them rest')
  endTurn()
  t.ok(resting() < atFirst && resting() > 0, 'some are woken at the end of the turn')
  for (let turns = 0; turns < 20 && resting() > 0; turns++) endTurn()
  t.equal(resting(), 0)
  t.end()
})

t.test('an application that calls little does not rest beside it', t => {
  const { turns, call, endTurn } = played()
  call('crm', 40)
  const own = new Socket()
  countInTurn(turns, 'erp', own)
  endTurn()
  call('crm', 40)
  countInTurn(turns, 'erp', own)
  t.equal(own.isPaused(), false)
  t.end()
})

t.test('nobody rests for an application that has not called for a while, nor without load', t => {
  const alone = played()
  alone.call('crm', 100)
  alone.endTurn()
  alone.call('crm', 100)
  t.equal(alone.resting(), 0, 'the only application')

  const former = played()
  former.call('crm', 40)
  former.call('erp', 1)
  former.call('crm', 1)
  former.pass(1_500)
  former.endTurn()
  // The first calls after a pause are not busy; these are.
  former.call('crm', 64)
  former.endTurn()
  former.call('crm', 64)
  t.equal(former.resting(), 0, 'the other has not called for longer than a second')

  const slow = played()
  for (let calls = 0; calls < 20; calls++) {
    slow.call(calls % 2 === 0 ? 'crm' : 'erp', 16)
    slow.pass(5)
  }
  t.equal(slow.resting(), 0, 'four thousand calls a second are no load')
  t.end()
})
