import t, { type Test } from 'tap'
import { inCall } from '../../src/logging/call.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { createTally, note } from '../../src/logging/tally.ts'
import { collect } from '../support/test-app.ts'
import { until } from '../support/until.ts'

/** A tally whose minute lasts for 20 ms. */
function played(t: Test, period = 20) {
  const lines: Record<string, unknown>[] = []
  const tally = createTally(createLogger('info', collect(lines)), period)
  // What is to come keeps no process alive.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  return { tally, lines }
}

t.test('the first of a kind is told as it comes, the others with their number at the end of the period', async t => {
  const { tally, lines } = played(t)
  for (const milliseconds of [1, 2, 3]) note(tally, { application: 'crm' }, 'late', { details: { milliseconds } })
  t.match(lines, [{ application: 'crm', msg: 'late', milliseconds: 1, level: 'warn', times: undefined }])
  await until(() => lines.length === 2)
  t.match(lines[1], { application: 'crm', msg: 'late', milliseconds: 3, times: 2, seconds: 0.02 })
  await until(() => tally.kinds.size === 0)
  t.equal(lines.length, 2)
  note(tally, { application: 'crm' }, 'late')
  t.equal(lines.length, 3, 'after a period without any it is told as it comes again')
})

t.test('fields tell kinds apart, and several events count as many', async t => {
  const { tally, lines } = played(t)
  note(tally, { code: 502 }, 'failed', { times: 3 })
  note(tally, { code: 401 }, 'failed')
  note(tally, { code: 502 }, 'failed', { times: 5 })
  t.match(lines, [
    { code: 502, times: 3 },
    { code: 401, times: undefined },
  ])
  await until(() => lines.length === 3)
  t.match(lines[2], { code: 502, times: 5 })
})

t.test('of any number of kinds few are told, and few are remembered', async t => {
  const { tally, lines } = played(t, 60_000)
  for (let index = 0; index < 1_000; index++) note(tally, { code: index }, index % 2 === 0 ? 'even' : 'odd')
  t.equal(lines.length, 102)
  t.equal(tally.kinds.size, 102)
})

t.test('what is told at the end is of no call', async t => {
  const { tally, lines } = played(t)
  const call = { id: 'the-first', headers: {} }
  for (let times = 0; times < 2; times++) inCall(call, () => note(tally, {}, 'late'))
  t.match(lines, [{ requestId: 'the-first' }])
  await until(() => lines.length === 2)
  t.equal(lines[1]?.requestId, undefined)
})
