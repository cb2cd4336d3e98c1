import t, { type Test } from 'tap'
import type { MappingConfig } from '../../../src/config/schema.ts'
import { readyMadeMappings } from '../../../src/config/schemas/card-making-schema.ts'
import { readAnsweredCard } from '../../../src/linked-objects/mapping/answered-card.ts'
import { compileMapping, type MappingStep } from '../../../src/linked-objects/mapping/map-answer.ts'
import { readJson } from '../../../src/linked-objects/sources/read-json.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'

const key = '1' as RemoteKey

const map = async (mapping: MappingConfig, answer: unknown) => await compileMapping(mapping, 'crm')(key, answer)

/** What a mapping says about an answer that it does not fit. */
async function faultsOf(t: Test, mapping: MappingConfig, answer: unknown): Promise<{ field: string; rule: string }[]> {
  const error = await map(mapping, answer).catch((error: unknown) => error)
  t.match(error, { name: 'SourceFailure', reason: 'mapping' })
  return (error as { faults: { field: string; rule: string }[] }).faults
}

t.test('every field of a card can be mapped', async t => {
  const mapping = {
    summary: 'a.title',
    iconUrl: 'icon',
    status: 'state',
    statusDescription: '"Key " & $key',
    resolution: 'end.name',
    resolutionDescription: 'end.more',
    assignee: 'people[0].login',
    updated: 'changed',
    deadline: 'due',
  }
  const answer = {
    a: { title: 'Deal' },
    icon: 'https://crm.example.com/i.svg',
    state: 'won',
    end: { name: 'Sold', more: 'At last' },
    people: [{ login: 'user1' }, { login: 'user2' }],
    changed: '2024-05-02T10:11:12.345+03:00',
    due: '2024-06-01',
  }
  t.same(await map(mapping, answer), {
    key: '1',
    summary: 'Deal',
    iconUrl: 'https://crm.example.com/i.svg',
    status: { name: 'won', description: 'Key 1' },
    resolution: { name: 'Sold', description: 'At last' },
    assignee: { login: 'user1' },
    updated: new Date('2024-05-02T07:11:12.345Z'),
    deadline: new Date('2024-06-01T00:00:00.000Z'),
  })
})

t.test('what is absent, null or blank is left out, and so is more about a state that is not there', async t => {
  const mapping = {
    summary: 'title',
    iconUrl: 'icon',
    status: 'state',
    statusDescription: '"more"',
    resolution: 'end',
    resolutionDescription: '"more"',
    updated: 'changed',
  }
  t.same(await map(mapping, { title: 'Deal', icon: null, state: '', end: '  ' }), { key: '1', summary: 'Deal' })
})

t.test('numbers and truth values become text', async t => {
  t.match(await map({ summary: 'id', status: 'open' }, { id: 7, open: true }), {
    summary: '7',
    status: { name: 'true' },
  })
  t.match(await map({ summary: '$' }, 5), { summary: '5' })
  const answer = readJson('{"id": 12345678901234567890, "exact": 9007199254740991, "part": 0.5}')
  t.same(answer, { id: '12345678901234567890', exact: 9007199254740991, part: 0.5 })
  const odd =
    '[-9223372036854775808, 0.1234567890123456789, 1e20, "a\\"12345678901234567890", {"12345678901234567890": 1}]'
  t.same(readJson(odd), [
    '-9223372036854775808',
    0.12345678901234568,
    1e20,
    'a"12345678901234567890',
    { '12345678901234567890': 1 },
  ])
  for (const wrong of [
    '',
    '{12345678901234567890: 1}',
    '012345678901234567890',
    '[1234567890123456789',
    '['.repeat(500_000),
  ])
    t.throws(() => readJson(wrong), { message: 'the answer is not JSON' })
})

t.test('`found` says whether there is such an object', async t => {
  const mapping = { found: '$count(issues) > 0', summary: 'issues[0].title' }
  t.equal(await map(mapping, { issues: [] }), undefined)
  t.match(await map(mapping, { issues: [{ title: 'Deal' }] }), { summary: 'Deal' })
  t.match(await faultsOf(t, { found: 'issues', summary: 'title' }, { issues: 1 }), [
    { field: 'found', rule: 'must be true or false (expression `issues`; it met 1)' },
  ])
})

t.test('a fault names the field, the expression and the value that it met, all of them at once', async t => {
  const mapping = {
    summary: 'title',
    iconUrl: 'icon',
    status: 'states',
    updated: 'changed',
    deadline: 'due',
    assignee: 'who',
  }
  const answer = {
    icon: 'ftp://x',
    states: ['a', { b: 'c'.repeat(200) }],
    changed: '2024-05-02',
    due: '2024-02-30',
    who: { id: 1 },
  }
  t.match(await faultsOf(t, mapping, answer), [
    { field: 'status', rule: /^must be one text or number \(expression `states`; it met \["a",\{"b":"c+…\)$/ },
    { field: 'assignee', rule: 'must be one text or number (expression `who`; it met {"id":1})' },
    { field: 'summary', rule: 'must be there (expression `title`; it met nothing)' },
    { field: 'iconUrl', rule: /^must be an address .*\(expression `icon`; it met "ftp:\/\/x"\)$/ },
    {
      field: 'updated',
      rule: /^must be a moment with its offset from UTC \(expression `changed`; it met "2024-05-02"\)$/,
    },
    { field: 'deadline', rule: /\(expression `due`; it met "2024-02-30"\)$/ },
  ])
  t.match(await faultsOf(t, { summary: 'title' }, { title: 'x'.repeat(1001) }), [{ rule: /1 to 1,000 characters/ }])
  t.match(await faultsOf(t, { summary: 'title' }, { title: 'a\0b' }), [{ rule: /without NUL.*a\\u0000b/ }])
})

t.test('an expression that fails, or never ends, is a fault of its field', async t => {
  const hostile = 'a'.repeat(60)
  for (const [summary, rule] of [
    ['title + 1', /^fails: .* \(expression `title \+ 1`\)$/],
    ['($f := function($x) { $f($x) }; $f(1))', /^fails: Evaluation timeout/],
    ['($f := function($x) { 1 + $f($x) }; $f(1))', /^fails: Stack overflow/],
    ['$sum([1..10000000])', /^fails: The maximum sequence length/],
    ['$match(title, /^(a+)+$/).match', /^takes more than 1 s \(expression/],
    ['function($x) { $x }', /^fails: the value is a function/],
    ['{"a": function($x) { $x }}', /^fails: the value is a function/],
    ['/a/', /^fails: the value is a function/],
    ['$error("on purpose")', /^fails: on purpose/],
  ] as const)
    t.match(await faultsOf(t, { summary }, { title: `${hostile}!` }), [{ field: 'summary', rule }], summary)
})

t.test('an answer cannot reach what JavaScript keeps behind names', async t => {
  const answer = readJson('{"title":"Deal","__proto__":{"summary":"x"},"constructor":{"name":"y"}}')
  t.match(await map({ summary: 'title' }, answer), { summary: 'Deal' })
  for (const summary of ['toString', 'constructor.constructor', 'title.constructor.name'])
    t.match(await faultsOf(t, { summary }, { title: 'x' }), [{ rule: /must be/ }], summary)
})

t.test('each step is reported', async t => {
  const steps: MappingStep[] = []
  await compileMapping({ summary: 'title', status: '1 + "x"' }, 'crm')(
    key,
    { title: 'Deal' },
    {
      tell: step => steps.push(step),
    },
  ).catch(() => {})
  t.match(steps, [
    { field: 'summary', expression: 'title', value: 'Deal' },
    { field: 'status', expression: '1 + "x"', fault: /^fails/ },
  ])
})

const at = '2024-05-02T10:11:12.345Z'
const due = '2024-06-01'
const times = { updated: new Date(at), deadline: new Date(due) }
const named = { name: 'In Progress', description: 'At last' }

/** Of each ready-made mapping the parts of an answer that it reads, as the documentation of the system has them, and the card. */
const readyMade: Record<(typeof readyMadeMappings)[number], { answer: object; card: object }> = {
  'github-issue': {
    answer: {
      title: 'Deal',
      state: 'closed',
      state_reason: 'duplicate',
      assignee: { login: 'user1' },
      updated_at: at,
      milestone: { due_on: due },
    },
    card: { status: { name: 'duplicate' }, assignee: { login: 'user1' }, ...times },
  },
  'github-pull-request': {
    answer: { title: 'Deal', state: 'open', draft: true, assignee: { login: 'user1' }, updated_at: at },
    card: { status: { name: 'draft' }, assignee: { login: 'user1' }, updated: new Date(at) },
  },
  'gitlab-issue': {
    answer: { title: 'Deal', state: 'opened', assignees: [{ username: 'user1' }], updated_at: at, due_date: due },
    card: { status: { name: 'opened' }, assignee: { login: 'user1' }, ...times },
  },
  'gitlab-merge-request': {
    answer: {
      title: 'Deal',
      state: 'opened',
      draft: false,
      detailed_merge_status: 'need_rebase',
      assignee: { username: 'user1' },
      updated_at: at,
    },
    card: {
      status: { name: 'blocked', description: 'need rebase' },
      assignee: { login: 'user1' },
      updated: new Date(at),
    },
  },
  'jira-issue': {
    answer: {
      fields: {
        summary: 'Deal',
        status: named,
        resolution: named,
        assignee: { accountId: 'user1' },
        updated: at,
        duedate: due,
      },
    },
    card: { status: named, resolution: named, assignee: { login: 'user1' }, ...times },
  },
  'redmine-issue': {
    answer: {
      issue: { subject: 'Deal', status: { name: 'New' }, assigned_to: { id: 5 }, updated_on: at, due_date: due },
    },
    card: { status: { name: 'New' }, assignee: { login: '5' }, ...times },
  },
  'sentry-issue': {
    answer: {
      group: {
        title: 'Deal',
        status: 'muted',
        culprit: 'app.js',
        assignedTo: { type: 'user', email: 'user1@example.org' },
        lastSeen: at,
      },
    },
    card: {
      status: { name: 'muted', description: 'app.js' },
      assignee: { login: 'user1@example.org' },
      updated: new Date(at),
    },
  },
}

for (const use of readyMadeMappings)
  t.test(`the ready-made mapping ${use} fills each of its fields`, async t => {
    const { answer, card } = readyMade[use]
    t.same(await map({ use }, answer), { key: '1', summary: 'Deal', ...card })
  })

t.test('what stands beside a ready-made mapping goes before its own, and its rest stays', async t => {
  const mapping = { use: 'gitlab-issue', summary: '"!" & title' } as const
  t.match(await map(mapping, { title: 'Deal', state: 'opened' }), { summary: '!Deal', status: { name: 'opened' } })
})

t.test("a card in Tracker's own names is read and checked", async t => {
  const card = {
    summary: 'Deal',
    status: { name: 'won', description: null },
    resolution: null,
    assignee: { trackerUid: '8000000000000001', login: 'user1' },
    deadline: '2024-06-01T00:00:00.000Z',
  }
  t.same(readAnsweredCard(key, card), {
    key: '1',
    summary: 'Deal',
    status: { name: 'won' },
    assignee: { trackerUid: 8000000000000001n, login: 'user1' },
    deadline: new Date('2024-06-01T00:00:00.000Z'),
  })
  for (const [answer, field] of [
    [[], 'the answer'],
    ['text', 'the answer'],
    [{ sumary: 'Deal' }, 'sumary'],
    [{ summary: 'Deal', status: 'won' }, 'status'],
    [{ summary: 'Deal', key: '2' }, 'key'],
    [{ summary: 5 }, 'summary'],
    [{ summary: 'Deal', assignee: { trackerUid: 1.5 } }, 'assignee.trackerUid'],
    [{ summary: 'Deal', deadline: '2024-06-01' }, 'deadline'],
  ] as const)
    t.throws(() => readAnsweredCard(key, answer), { message: new RegExp(`^\`${field}\` `) }, JSON.stringify(answer))
})
