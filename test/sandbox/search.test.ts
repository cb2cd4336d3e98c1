import * as fc from 'fast-check'
import t from 'tap'
import type { Condition, Operand } from '../../src/sandbox/api/searching/condition.ts'
import { tokensOf } from '../../src/sandbox/api/searching/query-tokens.ts'
import { readQuery } from '../../src/sandbox/api/searching/read-query.ts'
import type { NewIssue } from '../../src/sandbox/world/issues.ts'
import { Refusal } from '../../src/sandbox/world/refusal.ts'
import { type Played, playTracker } from './play-tracker.ts'

// Tracker's query language by its page "Query language": what is documented is found, and what is not played is refused.

const [one, two] = ['1111111111111111', '1111111111111112']
const day = 24 * 60 * 60 * 1000
const daysFromNow = (days: number) => new Date(Date.now() + days * day).toISOString().slice(0, 10)
const made = (moment: string) => ({ createdAt: moment, updatedAt: moment })

/** TEST-1 to TEST-4, and PROD-1. */
const issues: NewIssue[] = [
  {
    queue: 'TEST',
    summary: 'Invoices are sent twice',
    status: 'closed',
    assignee: one,
    tags: ['a', 'c++'],
    priority: 'critical',
  },
  { queue: 'TEST', summary: 'Export of contacts', status: 'inProgress', type: 'epic', deadline: daysFromNow(0) },
  { queue: 'TEST', summary: 'A new UI', ...made('2017-01-15T10:00:00.000+0000'), followers: [two], priority: 'minor' },
  {
    queue: 'TEST',
    summary: 'Old',
    description: 'invent the wheel',
    ...made('2017-04-30T17:25:00.500+0000'),
    tags: ['b'],
  },
  { queue: 'PROD', summary: 'Search', assignee: two, deadline: daysFromNow(3), priority: 'blocker' },
]
const allKeys = ['TEST-1', 'TEST-2', 'TEST-3', 'TEST-4', 'PROD-1']

const search = async ({ ask }: Played, body: unknown) => {
  const { status, body: found } = await ask('POST', '/v3/issues/_search', body)
  return status === 200 ? (found as { key: string }[]).map(({ key }) => key) : { status, ...(found as object) }
}

t.test('each documented form of a condition finds what it says', async t => {
  const played = await playTracker(t, { issues })
  await played.ask('POST', '/v3/issues/TEST-2/links', { relationship: 'is epic of', issue: 'TEST-3' })
  await played.ask('POST', '/v3/issues/TEST-1/links', { relationship: 'depends on', issue: 'TEST-4' })
  for (const [query, ...keys] of [
    ['Resolution: empty()', ...allKeys],
    ['Resolution: unresolved()', ...allKeys],
    ['Resolution: notEmpty()'],
    ['Assignee: empty()', 'TEST-2', 'TEST-3', 'TEST-4'],
    ['Assignee: notEmpty()', 'TEST-1', 'PROD-1'],
    ['Assignee: me()', 'TEST-1'],
    ['Assignee: !me()', 'TEST-2', 'TEST-3', 'TEST-4', 'PROD-1'],
    ['Assignee: user2@', 'PROD-1'],
    ['Assignee: "User Two", empty()', 'TEST-2', 'TEST-3', 'TEST-4', 'PROD-1'],
    ['Followers: Two', 'TEST-3'],
    ['Status: !Closed', 'TEST-2', 'TEST-3', 'TEST-4', 'PROD-1'],
    ['Status: "In progress", closed', 'TEST-1', 'TEST-2'],
    ['Priority: Blocker, Critical', 'TEST-1', 'PROD-1'],
    ['Priority: Low', 'TEST-3'],
    ['Queue: "Test queue" Type: Epic', 'TEST-2'],
    ['Tags: "c++"', 'TEST-1'],
    ['Summary: "invoice SENT"', 'TEST-1'],
    ['Summary: !"UI"', 'TEST-1', 'TEST-2', 'TEST-4', 'PROD-1'],
    ['Description: "invent the wheel"', 'TEST-4'],
    ['Created: 2017-01-15', 'TEST-3'],
    ['Created: 15.01.2017, 04/30/2017', 'TEST-3', 'TEST-4'],
    ['Created: "2017-04-30 17:25:00"', 'TEST-4'],
    ['Created: 01-01-2017 .. 02-03-2017', 'TEST-3'],
    ['Created: "2017-01-01".."2017-04-30"', 'TEST-3', 'TEST-4'],
    ['Created: >2017-04-30', 'TEST-1', 'TEST-2', 'TEST-4', 'PROD-1'],
    ['Created: <= 2017-01-15', 'TEST-3'],
    ['Created: < 2017-01-15'],
    ['Created: today()', 'TEST-1', 'TEST-2', 'PROD-1'],
    ['Created: >now()-12h', 'TEST-1', 'TEST-2', 'PROD-1'],
    ['Created: > today() - "1w 1d" AND Created: week(), month(), quarter(), year()', 'TEST-1', 'TEST-2', 'PROD-1'],
    ['Deadline: today()', 'TEST-2'],
    ['Deadline: <= today() +3d and deadline: >= today()', 'TEST-2', 'PROD-1'],
    ['Deadline: notEmpty() Assignee: empty()', 'TEST-2'],
    ['Epic: TEST-2', 'TEST-3'],
    ['"Is Epic Of": TEST-3', 'TEST-2'],
    ['"Depends On": TEST-4', 'TEST-1'],
    ['"Is Dependent By": TEST-1', 'TEST-4'],
    ['"Linked to": TEST-4', 'TEST-1'],
    ['Key: "test-1", PROD-1', 'TEST-1', 'PROD-1'],
    ['Queue: PROD OR Queue: TEST AND Status: Closed', 'TEST-1', 'PROD-1'],
    ['(Queue: PROD OR Queue: TEST) AND Status: Closed', 'TEST-1'],
    [
      '(Followers: me() OR Assignee: me() OR Author: me()) AND Resolution: empty() AND Priority: Blocker, Critical',
      'TEST-1',
      'PROD-1',
    ],
    ['Queue: TEST "Sort by": Priority DESC, Key ASC', 'TEST-1', 'TEST-2', 'TEST-4', 'TEST-3'],
    ['"Sort By": Summary', 'TEST-3', 'TEST-2', 'TEST-1', 'TEST-4', 'PROD-1'],
  ] as [string, ...string[]][])
    t.same(await search(played, { query }), keys, query)
  t.same(await search(played, { query: 'Queue: TEST', order: '-key' }), ['TEST-4', 'TEST-3', 'TEST-2', 'TEST-1'])
  t.same(await search(played, { filter: { status: ['In progress', 'closed'], resolution: 'empty()' } }), [
    'TEST-1',
    'TEST-2',
  ])
})

t.test('what is not understood is refused in Tracker’s form, with its name', async t => {
  const played = await playTracker(t, { issues })
  for (const [body, told] of [
    [{ query: 'Status: Closd' }, /Closd is not known: it is one of Open, In progress, Closed/],
    [{ query: 'Status: !Closed, !Open' }, /!Closed, !Open/],
    [{ query: 'Assignee: nobody' }, /user nobody does not exist/],
    [{ query: 'Assignee: "me()"' }, /user me\(\) does not exist/],
    [{ query: 'Queue: NONE' }, /queue NONE does not exist/],
    [{ query: 'Resolution: Fixed' }, /Fixed is not known: the sandbox has none/],
    [{ query: 'Colour: red' }, /cannot search by Colour/],
    [{ query: 'Assignee: group(value: "Sales")' }, /function group with arguments/],
    [{ query: 'Status: changed(to: "Closed")' }, /function changed with arguments/],
    [{ query: 'Status: today()' }, /does not play today\(\) here/],
    [{ query: 'Summary: me()' }, /does not play me\(\) here/],
    [{ query: 'Assignee: unresolved()' }, /does not play unresolved\(\) here/],
    [{ query: 'Created: tomorrow()' }, /does not play tomorrow\(\)/],
    [{ query: 'Created: soon' }, /soon is not a date/],
    [{ query: 'Created: 2017-02-30' }, /2017-02-30 is not a date/],
    [{ query: 'Created: now()-12x' }, /12x is not a duration/],
    [{ query: 'Created: > empty()' }, /empty\(\) cannot be compared/],
    [{ query: 'Status: > Open' }, /> is only for dates/],
    [{ query: 'Summary: #"Version 2.0"' }, /does not play the operator #/],
    [{ query: 'Summary: ~"UI"' }, /does not play the operator ~/],
    [{ query: 'Summary: "open' }, /quotation mark is not closed/],
    [{ query: 'invoices' }, /at its end.*a colon after invoices/],
    [{ query: 'Queue: TEST OR' }, /at its end.*the name of a field/],
    [{ query: 'Queue: TEST) Status: Open' }, /at character 12/],
    [{ query: '(Queue: TEST' }, /closing parenthesis/],
    [{ query: `${'('.repeat(100_000)}Queue: TEST` }, /at most 100 parentheses/],
    [{ query: '!Queue: TEST' }, /at character 1, !Queue/],
    [{ query: 'Queue: TEST && Status: Open' }, /quotation marks/],
    [{ query: '"Sort by": Colour' }, /cannot sort by Colour/],
    [{ query: '"Sort by": Key Queue: TEST' }, /at character 16, Queue: TEST/],
    [{ query: 'Key: first' }, /first is not the key/],
    [{ query: 5 }, /query is not a string/],
    [{ filter: [] }, /filter is not an object/],
    [{ filter: 'queue:TEST' }, /filter is not an object/],
    [{ filter: { status: '!closed' } }, /!closed is not one. Use query/],
    [{ filter: { status: [] } }, /status is an empty list/],
    [{ filter: { queue: '' } }, /queue must be a string that is not empty/],
    [{ filter: { tags: 'changed(to: x)' } }, /Use query/],
    [{ filter: { queue: { name: true } } }, /queue must be/],
    [{ filters: { queue: 'TEST' } }, /A search takes queue, keys, filter, query, filterId, not filters/],
    [{ keys: [] }, /keys is an empty list/],
    [{ queue: ' ' }, /queue must be/],
  ] as [object, RegExp][])
    for (const path of ['_search', '_count']) {
      const answer = await played.ask('POST', `/v3/issues/${path}`, body)
      t.match(answer, { status: 400, body: { statusCode: 400 } }, JSON.stringify(body))
      const { errors, errorMessages } = answer.body as { errors: object; errorMessages: string[] }
      t.match([...Object.values(errors), ...errorMessages].join(' '), told)
    }
  const byAddress = (address: string) => played.ask('GET', `/v3/issues${address}`)
  t.match(await byAddress('?filters=queue:TEST'), { status: 400 })
  t.match((await byAddress('?filter=queue:PROD,queue:TEST')).body, { length: 5 }, 'both, not the last one')
  t.match(await byAddress('/_suggest?input=a&queue=NONE'), { status: 404 })
  t.match(await byAddress('/TEST-1/changelog?id=none'), { status: 404 }, 'not the first page')
  t.match(await played.ask('GET', '/v3/users/_relative?id=none'), { status: 404 })
})

type Model = { text: string; holds: (issue: Record<string, unknown>) => boolean }

const keyOf = (value: unknown) => (value as { key?: string; id?: string } | undefined)?.key
const leaves: Model[] = [
  { text: 'Queue: TEST', holds: issue => keyOf(issue.queue) === 'TEST' },
  { text: 'Status: Open, closed', holds: issue => ['open', 'closed'].includes(keyOf(issue.status) ?? '') },
  { text: 'Status: !"In progress"', holds: issue => keyOf(issue.status) !== 'inProgress' },
  { text: 'Assignee: empty()', holds: issue => issue.assignee === undefined },
  { text: 'Assignee: me()', holds: issue => (issue.assignee as { id?: string } | undefined)?.id === one },
  { text: 'Created: < 2018-01-01', holds: issue => String(issue.createdAt) < '2018' },
  { text: 'Deadline: today() .. today()+5d', holds: issue => issue.deadline !== undefined },
  { text: 'Summary: !"e"', holds: issue => !/e/i.test(String(issue.summary)) },
]
const { model } = fc.letrec<{ model: Model }>(tie => ({
  model: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...leaves),
    fc
      .record({
        parts: fc.array(tie('model'), { minLength: 2, maxLength: 3 }),
        word: fc.constantFrom(' AND ', ' or ', ' '),
      })
      .map(
        ({ parts, word }): Model => ({
          text: `(${parts.map(({ text }) => text).join(word)})`,
          holds: issue =>
            word === ' or ' ? parts.some(one => one.holds(issue)) : parts.every(one => one.holds(issue)),
        }),
      ),
  ),
}))
const junk = fc.constantFrom(
  '#',
  '~',
  '!',
  '(',
  ')',
  '|',
  '&',
  '"',
  ',',
  ':',
  'OR',
  'stray',
  'changed(to: x)',
  'Colour: red',
  '> ',
)

t.test('a query that is understood finds exactly what it says, and with anything strange in it is refused', async t => {
  const played = await playTracker(t, { issues })
  const all = (await played.ask('POST', '/v3/issues/_search', {})).body as Record<string, unknown>[]
  const property = fc.asyncProperty(model, junk, fc.boolean(), async ({ text, holds }, strange, isFirst) => {
    t.same(
      await search(played, { query: text }),
      all.filter(holds).map(({ key }) => key),
      text,
      { diagnostic: false },
    )
    const spoilt = isFirst ? `${strange} ${text}` : `${text} ${strange}`
    const { status, body } = await played.ask('POST', '/v3/issues/_search', { query: spoilt })
    const { errors, errorMessages, statusCode } = body as {
      errors: object
      errorMessages: string[]
      statusCode: number
    }
    return status === 400 && statusCode === 400 && Object.keys(errors).length + errorMessages.length > 0
  })
  await fc.assert(property, { numRuns: 200 })
})

const operandTexts = ({ text, shifts }: Operand) => [
  text,
  ...shifts.flatMap(({ sign, duration }) => [sign === 1 ? '+' : '-', duration]),
]
/** What a condition was read from, without parentheses and AND. */
function textsOf(condition: Condition): string[] {
  if (condition.kind !== 'field')
    return condition.parts.flatMap((part, at) => [
      ...(at > 0 && condition.kind === 'or' ? ['or'] : []),
      ...textsOf(part),
    ])
  const values = condition.values.flatMap((value, at) => [
    ...(at > 0 ? [','] : []),
    ...(['=', '..'].includes(value.operator) ? [] : [value.operator]),
    ...operandTexts(value.operand),
    ...(value.operator === '..' ? ['..', ...operandTexts(value.end)] : []),
  ])
  return [condition.field, ':', ...values]
}

const isKept = ({ kind, text }: { kind: string; text: string }) =>
  !(kind === 'mark' && /^[()]$/.test(text)) && !(kind === 'word' && /^and$/i.test(text))
const normal = (text: string) => (text === '...' ? '..' : /^or$/i.test(text) ? 'or' : text)

const piece = fc.oneof(
  fc.constantFrom('Queue:', 'Status', ':', 'TEST', '"In progress"', 'me()', 'now()', '-', '+', '12h', '..', '!', '>='),
  fc.constantFrom('(', ')', ',', 'AND', 'or', '2017-01-01', '"', '#', 'x(', '\\', '&'),
  fc.string({ maxLength: 4 }),
)
t.test('nothing of a query is left out: it is read whole, or refused', async t => {
  let read = 0
  const property = fc.property(fc.array(piece, { maxLength: 9 }), fc.constantFrom('', ' '), (pieces, between) => {
    const query = pieces.join(between)
    try {
      const { condition, orders } = readQuery(query)
      if (orders.length > 0) return true
      read++
      const expected = tokensOf(query).filter(isKept)
      return JSON.stringify(expected.map(({ text }) => normal(text))) === JSON.stringify(textsOf(condition).map(normal))
    } catch (error) {
      return error instanceof Refusal && error.statusCode === 400 && error.message.includes('not understood')
    }
  })
  fc.assert(property, { numRuns: 3000 })
  t.ok(read > 0, 'some are read')
})
