import { userInfo } from 'node:os'
import t from 'tap'
import { noteMove } from '../../../src/links/moved-issues.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { commandLine, steersTerminal, twoApplications } from '../command-line.ts'

const login = userInfo().username

t.test('links add links an issue in any case to objects, once, and the history names the user', async t => {
  const cli = await commandLine(t)
  const { code, out } = await cli.run(['links', 'add', 'test-1', 'a', 'b', 'a'])
  t.equal(code, 0)
  t.equal(out, 'TEST-1 is now linked to a\nTEST-1 is now linked to b\n')
  t.match(await cli.run(['links', 'add', 'Test-1', 'b', 'c']), {
    code: 0,
    out: 'TEST-1 was linked already to b\nTEST-1 is now linked to c\n',
  })
  const { events } = await cli.json('links', 'history')
  t.match(events, [
    { kind: 'created', issueKey: 'TEST-1', remoteKey: 'a', actor: { kind: 'operator', login } },
    { remoteKey: 'b' },
    { remoteKey: 'c' },
  ])
  t.equal((events as unknown[]).length, 3)
})

t.test('a key that starts with a hyphen goes after --', async t => {
  const cli = await commandLine(t)
  t.match(await cli.run(['links', 'add', 'TEST-1', '--', '-5', '--json']), {
    code: 0,
    out: 'TEST-1 is now linked to -5\nTEST-1 is now linked to --json\n',
  })
  t.match(await cli.run(['links', 'list', '--object', '-5']), { out: /^TEST-1 +-5 /m })
  t.match(await cli.run(['links', 'remove', 'TEST-1', '--', '-5']), {
    code: 0,
    out: 'TEST-1 is no longer linked to -5\n',
  })
})

t.test('wrong keys are refused in words, and nothing is written', async t => {
  const cli = await commandLine(t)
  const refused = { code: 2, out: '' }
  t.match(await cli.run(['links', 'add', 'TEST', 'a']), {
    ...refused,
    told: /"TEST" is no issue key: write a queue key, a hyphen/,
  })
  t.match(await cli.run(['links', 'add', 'TEST-1', 'a', '']), { ...refused, told: /is no object key/ })
  t.match(await cli.run(['links', 'add', 'TEST-1', 'k'.repeat(256)]), {
    ...refused,
    told: /is no object key: write 1 to 255/,
  })
  t.match(await cli.run(['links', 'remove', '1', 'TEST-1']), { ...refused, told: /"1" is no issue key/ })
  t.match(await cli.run(['links', 'list', '--issue', 'TEST-01']), refused)
  t.match(await cli.run(['links', 'list', '--limit', '0']), {
    ...refused,
    told: /--limit takes a whole number from 1 to 10000; this is 0/,
  })
  t.match(await cli.run(['links', 'list', '--limit', '1e3']), refused)
  t.match(await cli.run(['links', 'add', 'TEST-1']), { ...refused, told: /missing required argument/ })
  t.equal(await cli.links.count('demo', {}), 0)
})

t.test('an application that rejects unknown objects rejects them here too', async t => {
  const cli = await commandLine(t)
  cli.write('tracker-links.yaml', twoApplications)
  await cli.objects.put('tests', [{ key: '1' as RemoteKey, summary: 'One' }])
  const { code, told } = await cli.run(['links', 'add', 'TEST-1', '1', '2', '--application', 'tests'])
  t.equal(code, 2)
  t.match(
    told,
    'tests rejects links to objects that it does not have; nothing was written.\n  2: is the key of no object. Import the object first',
  )
  t.equal(await cli.links.count('tests', {}), 0)
  t.match(await cli.run(['links', 'add', 'TEST-1', '1', '--application', 'tests']), { code: 0 })
  t.match(await cli.run(['links', 'add', 'TEST-1', '2', '--application', 'crm']), { code: 0 })
  t.match(await cli.run(['links', 'list', '--application', 'crm']), { out: /^ISSUE +OBJECT +SINCE\nTEST-1 +2 +\S+\n$/ })
})

t.test('whether an object is unknown is asked of its source, where it has one', async t => {
  const cli = await commandLine(t)
  cli.write('deals.mjs', "export default ({ key }) => (key === '1' ? { key, summary: 'One' } : undefined)")
  cli.write(
    'tracker-links.yaml',
    twoApplications.replace(
      'id: tests',
      'id: tests\n    objects: { source: module, file: deals.mjs }\n    cards: { budgetMilliseconds: 5000 }',
    ),
  )
  const { code, told } = await cli.run(['links', 'add', 'TEST-1', '1', '2', '--application', 'tests'])
  t.equal(code, 2)
  t.match(told, 'nothing was written.\n  2: is the key of no object')
  t.match(await cli.run(['links', 'add', 'TEST-1', '1', '--application', 'tests']), { code: 0 })
})

t.test('links remove removes exactly the link of these keys, and is harmless when repeated', async t => {
  const cli = await commandLine(t)
  // Both orders of these keys are links: nothing is guessed here.
  await cli.link('AB-1', ['CD-2'])
  await cli.link('CD-2', ['AB-1'])
  t.match(await cli.run(['links', 'remove', 'ab-1', 'CD-2']), { code: 0, out: 'AB-1 is no longer linked to CD-2\n' })
  t.match(await cli.run(['links', 'remove', 'AB-1', 'CD-2']), { code: 0, out: 'AB-1 was not linked to CD-2\n' })
  t.same(await cli.json('links', 'remove', 'AB-1', 'CD-2'), {
    application: 'demo',
    issueKey: 'AB-1',
    remoteKey: 'CD-2',
    removed: false,
  })
  t.match(await cli.json('links', 'list'), { links: [{ issueKey: 'CD-2', remoteKey: 'AB-1' }], total: 1 })
  t.match((await cli.json('links', 'history', '--issue', 'AB-1')).events, [
    { kind: 'created', actor: { kind: 'tracker' } },
    { kind: 'removed', actor: { kind: 'operator', login } },
  ])
})

t.test('links list chooses by issue and by object, and says when there are more', async t => {
  const cli = await commandLine(t)
  await cli.run(['links', 'add', 'TEST-1', '1', '2', '3'])
  await cli.run(['links', 'add', 'TEST-2', '2'])
  const keys = async (...more: string[]) =>
    ((await cli.json('links', 'list', ...more)).links as { issueKey: string; remoteKey: string }[]).map(
      link => `${link.issueKey} ${link.remoteKey}`,
    )
  t.same(await keys(), ['TEST-1 1', 'TEST-1 2', 'TEST-1 3', 'TEST-2 2'])
  t.same(await keys('--issue', 'test-1'), ['TEST-1 1', 'TEST-1 2', 'TEST-1 3'])
  t.same(await keys('--object', '2'), ['TEST-1 2', 'TEST-2 2'])
  t.same(await keys('--object', '2', '--issue', 'TEST-2'), ['TEST-2 2'])
  const { out, told } = await cli.run(['links', 'list', '--limit', '3'])
  t.equal(out.split('\n').length, 5)
  t.equal(told, '3 of 4; --limit shows more, links export writes all.\n')
  t.match(await cli.run(['links', 'list', '--object', '4']), { code: 0, out: 'demo has no such links.\n' })
})

t.test('links show tells the link, its object and its events, also of a link that is gone', async t => {
  const cli = await commandLine(t)
  await cli.objects.put('demo', [{ key: '1' as RemoteKey, summary: 'One\u009b2J' }])
  await cli.run(['links', 'add', 'TEST-1', '1'])
  const { code, out } = await cli.run(['links', 'show', 'test-1', '1'])
  t.equal(code, 0)
  t.match(
    out,
    /^TEST-1 is linked to 1 of demo\nSince: {2}\S+Z\nObject: One\\u009b2J\nTIME +EVENT +ISSUE +OBJECT +BY\n\S+ +created +TEST-1 +1 +operator /,
  )
  t.match(await cli.json('links', 'show', 'TEST-1', '1'), {
    link: { issueKey: 'TEST-1' },
    summary: 'One\u009b2J',
    events: [{ kind: 'created' }],
  })
  await cli.run(['links', 'remove', 'TEST-1', '1'])
  const gone = await cli.run(['links', 'show', 'TEST-1', '1'])
  t.equal(gone.code, 1)
  t.match(gone.out, /^TEST-1 is not linked to 1 of demo\nObject: One/)
  t.match(gone.out, /removed +TEST-1 +1 +operator/)
  t.match(await cli.run(['links', 'show', 'TEST-1', '2']), {
    code: 1,
    out: 'TEST-1 is not linked to 2 of demo\nObject: not stored\n',
  })
})

t.test('links history shows the last events, the latest at the end, with every digit of a uid', async t => {
  const cli = await commandLine(t)
  for (const key of ['1', '2', '3'])
    await cli.link('TEST-1', [key], {
      kind: 'user',
      login: 'ann',
      uid: 9_007_199_254_740_993n,
    })
  const { out } = await cli.run(['links', 'history', '--limit', '2'])
  t.match(out, /^TIME .*\n\S+ +created +TEST-1 +2 +user ann \(uid 9007199254740993\)\n\S+ +created +TEST-1 +3 /)
  t.match(
    (await cli.run(['links', 'history', '--object', '1', '--json'])).out,
    '"actor":{"kind":"user","login":"ann","uid":9007199254740993}',
  )
  t.match(await cli.run(['links', 'history', '--issue', 'TEST-9']), { code: 0, out: 'demo has no such events.\n' })
})

t.test('no key steers the terminal', async t => {
  const cli = await commandLine(t)
  const key = 'a\u001b[31m\u202eb\nc\u009b'
  const shown = 'a\\u001b[31m\\u202eb\\u000ac\\u009b'
  const outputs = [
    await cli.run(['links', 'add', 'TEST-1', key]),
    await cli.run(['links', 'list']),
    await cli.run(['links', 'history']),
    await cli.run(['links', 'show', 'TEST-1', key]),
    await cli.run(['links', 'remove', 'TEST-1', key]),
  ]
  for (const { out } of outputs) {
    t.match(out, shown)
    t.notOk(steersTerminal(out))
  }
  t.match((await cli.json('links', 'history')).events, [{ remoteKey: key }, { remoteKey: key }])
})

t.test('links of an issue that was moved are found and removed by any key that it had', async t => {
  const cli = await commandLine(t)
  await cli.run(['links', 'add', 'TEST-1', 'a', 'b'])
  await noteMove(cli.prisma, 'demo', { issueId: '5f', key: 'PROD-3', formerKeys: ['TEST-1'] })
  for (const key of ['TEST-1', 'prod-3']) {
    t.match(await cli.json('links', 'list', '--issue', key), {
      total: 2,
      links: [{ issueKey: 'PROD-3', remoteKey: 'a' }, {}],
    })
    t.match(await cli.json('links', 'show', key, 'a'), {
      link: { issueKey: 'PROD-3' },
      events: [{ issueKey: 'TEST-1' }],
    })
    t.match(await cli.json('links', 'history', '--issue', key), {
      events: [{ issueKey: 'TEST-1' }, { issueKey: 'TEST-1' }],
    })
    const { out } = await cli.run(['links', 'export', '--issue', key])
    t.equal(out.trim().split('\n').length, 2)
    t.match(await cli.run(['links', 'add', key, 'a']), { out: /was linked already to a/ })
  }
  t.match(await cli.run(['links', 'remove', 'TEST-1', 'a']), { out: 'TEST-1 is no longer linked to a\n' })
  t.match(await cli.run(['links', 'remove', 'PROD-3', 'b']), { out: 'PROD-3 is no longer linked to b\n' })
})

t.test('links list counts up to 100,000: more would take seconds', async t => {
  const cli = await commandLine(t)
  await cli.prisma.$executeRaw`
    INSERT INTO link (application_id, issue_key, remote_key) SELECT 'demo', 'A-1', n::text FROM generate_series(1, 100001) n`
  t.match(await cli.json('links', 'list', '--limit', '1'), { links: [{ issueKey: 'A-1' }], total: null })
  t.match((await cli.run(['links', 'list', '--limit', '1'])).told, '1 of more than 100000; --limit shows more')
})
