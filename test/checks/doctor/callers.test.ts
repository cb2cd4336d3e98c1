import t from 'tap'
import { judgeCallers } from '../../../src/checks/doctor/callers.ts'
import type { CallerCalls } from '../../../src/storage/calls/caller-calls.ts'

const now = Date.parse('2027-01-31T12:00:00Z')
const ago = (minutes: number) => new Date(now - minutes * 60_000)
const accepted = (caller: string, minutes: number): CallerCalls => ({ caller, goodAt: ago(minutes) })
/** Refused from `first` to `last` minutes ago; `good`: when one of its calls was accepted before. */
const refused = (caller: string, first: number, last = first, good?: number): CallerCalls => ({
  caller,
  goodAt: good === undefined ? undefined : ago(good),
  bad: { firstAt: ago(first), lastAt: ago(last), lastId: 'r', calls: 1 },
})
const judged = (...callers: CallerCalls[]) => {
  const { tracker, stray } = judgeCallers(callers, now)
  return { ...(tracker && { tracker: tracker.caller }), ...(stray && { stray: stray.caller }) }
}

t.test('a refusal is of Tracker, unless it is surely of somebody else', async t => {
  const day = 24 * 60
  const cases: [string, CallerCalls[], object][] = [
    ['the first call ever', [refused('java', 1)], { tracker: 'java' }],
    ['a caller that says no name', [refused('', 1)], { tracker: '' }],
    ['its own token broke: its first refusal tells', [refused('java', 1, 1, 5)], { tracker: 'java' }],
    ['nobody else has called', [refused('curl', 1, 1, 5)], { tracker: 'curl' }],
    ['a trial by hand was accepted before', [refused('java', 1), accepted('curl', 5)], { tracker: 'java' }],
    ['and one after', [refused('java', 5), accepted('tracker-links', 1)], { tracker: 'java' }],
    ['another program is let in all the time', [refused('java', 5, 5, 9), accepted('probe', 1)], { tracker: 'java' }],
    ['Tracker has another name now', [refused('netty', 15, 1), accepted('java', 20)], { tracker: 'netty' }],
    ['it was never let in, and a probe is', [refused('java', 15, 2), accepted('probe', 1)], { tracker: 'java' }],
  ]
  for (const [name, callers, expected] of cases) t.strictSame(judged(...callers), expected, name)
  t.strictSame(judged(refused('java', 5 * day, 3 * day, 6 * day), accepted('netty', 1)), {}, 'a name that it had once')
})

t.test('a stray call is a warning at most, and of the past once Tracker was let in again', async t => {
  const cases: [string, CallerCalls[], object][] = [
    ['somebody tries by hand', [refused('curl', 1), accepted('java', 5)], { stray: 'curl' }],
    ['also if its calls were accepted before', [refused('curl', 1, 1, 9), accepted('java', 5)], { stray: 'curl' }],
    ['it goes on for an hour', [refused('mozilla', 60, 1), accepted('java', 90)], { stray: 'mozilla' }],
    ['it is over', [refused('curl', 5), accepted('java', 1)], {}],
    ['a scanner', [refused('zgrab', 1), accepted('java', 5)], { stray: 'zgrab' }],
    ['a scanner, although others are let in', [refused('zgrab', 9, 2), accepted('java', 1)], { stray: 'zgrab' }],
    ['it has called for the last time yesterday', [refused('zgrab', 2_000), accepted('java', 1)], {}],
    ['Tracker is refused, too', [refused('curl', 1), refused('java', 2, 2, 5)], { tracker: 'java', stray: 'curl' }],
  ]
  for (const [name, callers, expected] of cases) t.strictSame(judged(...callers), expected, name)
})
