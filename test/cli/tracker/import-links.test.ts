import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { buildSandbox } from '../../../src/sandbox/sandbox-app.ts'
import { createWorld } from '../../../src/sandbox/world/world.ts'
import { type PlayedAnswer, type PlayedRequest, playedTracker } from '../../support/played-tracker.ts'
import { configFor, trackerLine } from './run-tracker.ts'

const header = 'issue,relationship,linkedIssue,createdAt,createdBy,updatedAt,updatedBy\n'
const when = '2020-08-29T12:34:41.740+0000'
const row = (issue: string, relationship: string, linked: string, by = 'user1') =>
  `${issue},${relationship},${linked},${when},${by},,\n`

/** A sandbox with issues that were changed lately, and the command line beside it. */
async function withSandbox(t: Test, settings: Parameters<typeof createWorld>[0] = {}) {
  const world = createWorld(settings)
  for (const issue of world.issues()) world.editIssue(issue, { summary: `${issue.summary}.` }, world.firstUser())
  const { app } = await buildSandbox({ world })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const config = configFor(url).replace('id: "7"', 'id: "1"')
  const cli = trackerLine(t, { 'tracker-links.yaml': config })
  const linksOf = (key: string) => world.issueLinksOf(world.issue(key) as NonNullable<ReturnType<typeof world.issue>>)
  return { world, cli, linksOf }
}

t.test('a whole file is checked before anything is sent, and all its faults are listed', async t => {
  const tracker = await playedTracker(t, () => ({ status: 500 }))
  const cli = trackerLine(t, {
    'tracker-links.yaml': configFor(tracker.url),
    'wrong.csv': `${header}TEST,relate,TEST-2,2020-08-29,user one,,
TEST-1,relates,TEST-1,${when},user1,2019-08-29T12:34:41.740+0000,user1
TEST-1,depends on,TEST-2,${when},11,${when},
TEST-1,depends on,TEST-3,${when},user1,,
TEST-3,is dependent by,TEST-1,${when},login:123,,
TEST-1,relates,TEST-4,2999-08-29T12:34:41.740+0000,9223372036854775808,,
TEST-1
`,
    'wrong.ndjson': `{"issue":"TEST-1","relationship":"relates","linkedIssue":"TEST-2","createdAt":"${when}","createdBy":"1130000000000000"}
{"issue":"TEST-1","relationship":"is_parent task FOR","linkedIssue":"593cd211ef7e8a33aaaaaaaa","createdAt":"${when}","createdBy":9223372036854775807}
{"issue":"TEST-1","linkedIssue":"TEST-2","createdAt":null,"createdBy":1.5,"created":1}
`,
  })
  const { code, told, out } = await cli.run('tracker', 'import-links', 'wrong.csv')
  t.equal(code, 2)
  t.same(
    told
      .trim()
      .split('\n')
      .map(line => line.replace(/: (\w+) .*/, ': $1')),
    [
      'line 2, key TEST: issue',
      'line 2, key TEST: relationship',
      'line 2, key TEST: createdAt',
      'line 2, key TEST: createdBy',
      'line 3, key TEST-1: linkedIssue',
      'line 3, key TEST-1: updatedAt',
      'line 4, key TEST-1: updatedBy',
      'line 6, key TEST-3 is dependent by TEST-1: row',
      'line 7, key TEST-1: createdBy',
      'line 7, key TEST-1: createdAt',
      'line 8: row',
    ],
  )
  t.match(told, /relationship must be one of relates, .* original\. Did you mean relates\?/)
  t.match(told, /row is the same link as line 5\. Remove one of the two\./)
  t.match(out, 'wrong.csv has 6 wrong rows; nothing was sent.')

  const json = await cli.run('tracker', 'import-links', 'wrong.ndjson', '--dry-run', '--json')
  t.equal(json.code, 2)
  t.match(JSON.parse(json.out), {
    rows: 3,
    sent: false,
    wrong: [
      { line: 1, faults: [{ field: 'createdBy', hint: /a uid as a number without them/ }] },
      {
        line: 3,
        faults: [{ field: 'created' }, { field: 'relationship' }, { field: 'createdAt' }, { field: 'createdBy' }],
      },
    ],
  })
  t.match(await cli.run('tracker', 'import-links', 'none.csv'), { code: 2, told: 'There is no file none.csv.\n' })
  t.match(await cli.run('tracker', 'import-links', '-'), { code: 2, told: /journal of the import is kept beside it/ })
  t.same(tracker.requests, [])
  t.notOk(existsSync(join(cli.directory, 'wrong.csv.journal')))
})

t.test('every relationship is imported with its time and its user, and once', async t => {
  const { cli, world, linksOf } = await withSandbox(t, { settings: { repeatedLink: 'duplicate' } })
  const rows = [
    row('TEST-1', 'relates', 'TEST-2'),
    row('TEST-1', 'is dependent by', 'TEST-3'),
    row('TEST-1', 'depends on', 'TEST-4'),
    row('TEST-1', 'is subtask for', 'TEST-5'),
    row('TEST-1', 'is parent task for', 'PROD-1'),
    row('TEST-2', 'duplicates', 'TEST-3'),
    row('TEST-2', 'is duplicated by', 'TEST-5'),
    row('TEST-4', 'is epic of', 'TEST-5'),
    row('PROD-1', 'has epic', 'TEST-4'),
    row('TEST-3', 'clone', 'TEST-5', '1111111111111112'),
    `TEST-5,original,PROD-1,${when},user1,2021-08-29T12:34:41.740+0300,1111111111111112\n`,
  ]
  cli.write('links.csv', header + rows.join(''))
  t.match(await cli.run('tracker', 'import-links', 'links.csv', '--dry-run'), {
    code: 0,
    out: 'links.csv is right: 11 rows. Nothing was sent.\n',
  })
  t.equal(linksOf('TEST-1').length, 0)

  const first = await cli.run('tracker', 'import-links', 'links.csv')
  t.match(first, { code: 0, out: /11 rows: 11 imported, 0 already there, 0 refused\.$/m })
  t.match(first.told, /^10 %: 2 rows\n20 %: 3 rows\n.*100 %: 11 rows\n$/s)
  t.equal(linksOf('TEST-1').length, 5)
  t.match(
    linksOf('TEST-5').find(({ createdBy, updatedBy }) => createdBy !== updatedBy),
    {
      createdAt: when,
      createdBy: '1111111111111111',
      updatedAt: '2021-08-29T09:34:41.740+0000',
      updatedBy: '1111111111111112',
    },
  )
  const all = () => world.issues().reduce((count, issue) => count + world.issueLinksOf(issue).length, 0)
  t.equal(all(), 22)

  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 0,
    out: /11 imported, 0 already there, 0 refused \(11 rows in earlier runs\)/,
  })
  // Without its journal, from the other side, and by former keys and ids.
  world.moveIssue(world.issue('TEST-2') as never, 'NEW', world.firstUser())
  cli.write('again.csv', header + rows.join('').replaceAll('TEST-3', world.issue('TEST-3')?.id ?? ''))
  t.match(await cli.run('tracker', 'import-links', 'again.csv', '--json'), { code: 0, out: /"done":0,"there":11,/ })
  t.equal(all(), 22)
})

t.test('an existing link is found by a former key, if Tracker knows the key', async t => {
  for (const repeatedLink of ['invalid', 'conflict'] as const) {
    const { cli, world, linksOf } = await withSandbox(t, { settings: { repeatedLink } })
    cli.write('links.csv', header + row('TEST-1', 'relates', 'TEST-2') + row('TEST-1', 'depends on', 'TEST-3'))
    t.equal((await cli.run('tracker', 'import-links', 'links.csv')).code, 0)
    world.moveIssue(world.issue('TEST-2') as never, 'NEW', world.firstUser())
    cli.write('again.csv', header + row('TEST-1', 'relates', 'TEST-2') + row('TEST-3', 'is dependent by', 'TEST-1'))
    t.match(await cli.run('tracker', 'import-links', 'again.csv'), {
      code: 0,
      out: /0 imported, 2 already there, 0 refused/,
    })
    t.equal(linksOf('TEST-1').length, 2)
  }
})

t.test('a link that two rows name differently is sent once: an issue by its key, its id, or a former key', async t => {
  const { cli, world, linksOf } = await withSandbox(t, { settings: { repeatedLink: 'duplicate' } })
  const user = world.firstUser()
  world.moveIssue(world.issue('TEST-3') as never, 'NEW', user)
  const [one = '', two = '', moved = ''] = ['TEST-1', 'TEST-2', 'TEST-3'].map(key => world.issue(key)?.id)
  cli.write(
    'links.csv',
    header +
      row('TEST-1', 'relates', 'TEST-2') +
      row(one, 'relates', 'TEST-2') +
      row(two.toUpperCase(), 'relates', one) +
      row('TEST-3', 'depends on', 'TEST-4') +
      row('NEW-1', 'depends on', 'TEST-4') +
      row('TEST-4', 'is dependent by', moved) +
      row('TEST-9', 'relates', 'TEST-1'),
  )
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 2,
    out: /7 rows: 2 imported, 4 already there, 1 refused\./,
  })
  t.same([linksOf('TEST-1').length, linksOf('NEW-1').length], [1, 1])
})

t.test('what Tracker refuses is listed with its words, and tried again at the next run', async t => {
  const { cli, world } = await withSandbox(t)
  cli.write(
    'links.csv',
    header +
      row('TEST-1', 'is epic of', 'TEST-2') +
      row('TEST-9', 'relates', 'TEST-2') +
      row('TEST-1', 'relates', 'TEST-9') +
      row('TEST-1', 'relates', 'TEST-3', 'nobody') +
      `TEST-1,relates,TEST-5,2001-08-29T12:34:41.740+0000,user1,,\n` +
      row('TEST-1', 'relates', 'TEST-4'),
  )
  const { code, told, out } = await cli.run('tracker', 'import-links', 'links.csv')
  t.equal(code, 2)
  t.match(out, /6 rows: 1 imported, 0 already there, 5 refused\./)
  t.match(told, /^line 2, TEST-1 is epic of TEST-2: Tracker answered POST .* with 422: .* needs an Epic/m)
  t.match(told, /^line 3, TEST-9 relates TEST-2: Tracker answered GET .* with 404: /m)
  t.equal(told.match(/^line \d, /gm)?.length, 5)

  const user = world.firstUser()
  while (!world.issue('TEST-9'))
    world.createIssue({ queue: 'TEST', summary: 'x', createdAt: '2018-08-29T12:34:41.740+0000' }, user)
  world.editIssue(world.issue('TEST-9') as never, { summary: 'y' }, user)
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 2,
    out: /6 rows: 3 imported, 0 already there, 3 refused \(1 row in earlier runs\)\./,
  })
})

const entry = (key: string) => ({
  id: key,
  type: { id: 'relates' },
  direction: 'outward',
  object: { id: `id-${key}`, key },
})

/** A Tracker with links, of which a test may take hold. `links` are those of TEST-1, by the other issue. */
async function playedLinks(t: Test, links: string[], post: (request: PlayedRequest) => PlayedAnswer) {
  return await playedTracker(t, request => {
    const { method, target, body } = request
    if (target.endsWith('/myself')) return { body: { uid: '1', login: 'user1' } }
    if (method === 'GET' && target.endsWith('/links'))
      return { body: target.includes('TEST-1/') ? links.map(entry) : [] }
    if (method === 'GET') return { body: { id: `id-${target.split('/').at(-1)}`, key: target.split('/').at(-1) } }
    if (target.includes('/_search'))
      return { body: (JSON.parse(body).keys as string[]).map(key => ({ id: `id-${key}`, key })) }
    const answer = post(request)
    return answer === 'hang up' || answer.status !== 200 ? answer : { body: entry(JSON.parse(body).issue) }
  })
}

t.test('if Tracker refuses to search, each issue is requested; if it refuses the token, nothing is', async t => {
  const links: string[] = []
  let refusal = 400
  const tracker = await playedTracker(t, ({ method, target, body }) => {
    if (target.endsWith('/myself')) return { body: { uid: '1', login: 'user1' } }
    if (target.includes('/_search')) return { status: refusal }
    if (method === 'GET' && target.endsWith('/links')) return { body: links.map(entry) }
    // TEST-1 is what OLD-1 has become.
    if (method === 'GET') return { body: { id: target.endsWith('-1') ? 'a1' : 'b2', key: target.split('/').at(-1) } }
    links.push(JSON.parse(body).issue)
    return { status: 201, body: entry(links.at(-1) ?? '') }
  })
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url) })
  cli.write('links.csv', header + row('TEST-1', 'relates', 'TEST-2') + row('OLD-1', 'relates', 'TEST-2'))
  const out = /2 rows: 1 imported, 1 already there, 0 refused/
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), { code: 0, out })
  t.same(links, ['TEST-2'])
  refusal = 401
  cli.write('again.csv', header + row('TEST-1', 'relates', 'TEST-3'))
  t.match(await cli.run('tracker', 'import-links', 'again.csv'), {
    code: 1,
    told: /^Stopped early: 1 row: .* 1 left\. .*\nTracker answered POST \/v3\/issues\/_search with 401/,
  })
  t.same(links, ['TEST-2'])
})

t.test('a write with an unknown outcome is looked up before it is sent again', async t => {
  const links: string[] = []
  const sent: string[] = []
  const tracker = await playedLinks(t, links, ({ body }) => {
    const { issue } = JSON.parse(body)
    sent.push(issue)
    const times = sent.filter(one => one === issue).length
    // TEST-2 is done and not answered; TEST-3 is not done and not answered, once; TEST-4 fails for ever; TEST-5 is not JSON.
    if (issue === 'TEST-2' || (issue === 'TEST-3' && times === 2)) links.push(issue)
    if (issue === 'TEST-2') return 'hang up'
    if (issue === 'TEST-3') return times === 2 ? { status: 200 } : { status: 503 }
    if (issue === 'TEST-5') {
      links.push(issue)
      return { status: 201, body: '<html>' }
    }
    return { status: 500, body: { errorMessages: ['Broken inside'] } }
  })
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url) })
  cli.write(
    'links.csv',
    header + ['TEST-2', 'TEST-3', 'TEST-4', 'TEST-5'].map(key => row('TEST-1', 'relates', key)).join(''),
  )
  const { code, out, told } = await cli.run('tracker', 'import-links', 'links.csv')
  t.match(out, /4 rows: 3 imported, 0 already there, 1 refused/)
  t.match(told, /line 4, TEST-1 relates TEST-4: Tracker answered POST .* with 500: .*Tracker says: Broken inside/)
  t.equal(code, 2)
  t.same(sent, ['TEST-2', 'TEST-3', 'TEST-3', 'TEST-4', 'TEST-4', 'TEST-4', 'TEST-5'])
})

t.test('after a stop at any step of the journal the import goes on, and nothing is sent twice', async t => {
  const links: string[] = []
  const tracker = await playedLinks(t, links, ({ body }) => {
    links.push(JSON.parse(body).issue)
    return { status: 200 }
  })
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url) })
  const keys = ['TEST-2', 'TEST-3', 'TEST-4', 'TEST-5']
  cli.write('links.csv', header + keys.map(key => row('TEST-1', 'relates', key)).join(''))
  t.equal((await cli.run('tracker', 'import-links', 'links.csv')).code, 0)
  const journal = readFileSync(join(cli.directory, 'links.csv.journal'), 'utf8')
  const lines = journal.split('\n').slice(0, -1)
  t.equal(lines.length, 9, 'its head, and two for each row')
  t.notOk(existsSync(join(cli.directory, 'links.csv.journal.lock')))

  for (let kept = 0; kept <= lines.length; kept++)
    for (const torn of ['', (lines[kept] ?? '').slice(0, 9)]) {
      // A row that was started may be in Tracker, or not.
      const ended = Math.max(0, Math.ceil((kept - 1) / 2))
      for (const arrived of new Set([ended, Math.max(0, Math.floor((kept - 1) / 2))])) {
        links.splice(0, links.length, ...keys.slice(0, arrived))
        cli.write(
          'links.csv.journal',
          lines
            .slice(0, kept)
            .map(line => `${line}\n`)
            .join('') + torn,
        )
        const { code, out } = await cli.run('tracker', 'import-links', 'links.csv')
        t.equal(code, 0, out)
        t.match(out, kept === 0 ? /4 imported/ : /4 rows: 4 imported, 0 already there, 0 refused/)
        t.same(links, keys, `kept ${kept}, arrived ${arrived}`)
      }
    }
})

t.test('a journal of something else is refused, and nothing is sent', async t => {
  const tracker = await playedLinks(t, [], () => ({ status: 200 }))
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url) })
  cli.write('links.csv', header + row('TEST-1', 'relates', 'TEST-2'))
  t.equal((await cli.run('tracker', 'import-links', 'links.csv')).code, 0)
  const before = tracker.requests.length
  cli.write('links.csv', header + row('TEST-1', 'relates', 'TEST-3'))
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 2,
    told: /links\.csv\.journal is the journal of a file with other content; nothing was sent\. Restore/,
  })
  cli.write('links.csv', header + row('TEST-1', 'relates', 'TEST-2'))
  const elsewhere = configFor(tracker.url).replace('id: "7"', 'id: "8"')
  cli.write('tracker-links.yaml', elsewhere)
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), { code: 2, told: /journal of another organization/ })
  for (const content of ['{"journal":2}\n', 'x\n', '[]\n', '5\n']) {
    cli.write('links.csv.journal', content)
    t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
      code: 2,
      told: /is not the journal of an import, or is damaged/,
    })
    t.equal(readFileSync(join(cli.directory, 'links.csv.journal'), 'utf8'), content)
  }
  t.equal(tracker.requests.length, before)
})

t.test('a failure that would meet every row stops the import, which can go on later', async t => {
  const links: string[] = []
  let status = 401
  const tracker = await playedLinks(t, links, ({ body }) => {
    if (status === 200) links.push(JSON.parse(body).issue)
    return { status }
  })
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url) })
  const keys = Array.from({ length: 20 }, (_, index) => `TEST-${index + 2}`)
  cli.write('links.csv', header + keys.map(key => row('TEST-1', 'relates', key)).join(''))
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 1,
    told: /^Stopped early: 20 rows: 0 imported, 0 already there, 0 refused, 20 left\. Run the same command again to go on\.\nTracker answered POST .* with 401/,
  })
  status = 403
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 1,
    told: /10 left\. Run .*\nThe first 10 links were refused for the same reason\. .* importing links takes an administrator/,
  })
  status = 200
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), { code: 0, out: /20 imported/ })
  t.same(links, keys)
})

t.test('Ctrl-C ends an import in order, a kill ends it at once, and the next run goes on', async t => {
  const links: string[] = []
  let program: ChildProcess | undefined
  const tracker = await playedLinks(t, links, ({ body }) => {
    links.push(JSON.parse(body).issue)
    if (links.length === 3) program?.kill('SIGINT')
    // Done by Tracker, which nobody hears of.
    if (links.length === 6) program?.kill('SIGKILL')
    return links.length === 6 ? 'hang up' : { status: 200 }
  })
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url).replace('other: 1000', 'other: 50') })
  const keys = Array.from({ length: 9 }, (_, index) => `TEST-${index + 2}`)
  cli.write('links.csv', header + keys.map(key => row('TEST-1', 'relates', key)).join(''))
  const end = async () => {
    const argv = [join(import.meta.dirname, '../../../bin/tracker-links.js'), 'tracker', 'import-links', 'links.csv']
    program = spawn(process.execPath, argv, { cwd: cli.directory, stdio: ['ignore', 'pipe', 'ignore'] })
    t.teardown(() => program?.kill('SIGKILL'))
    const [[code, signal], out] = await Promise.all([once(program, 'exit'), text(program.stdout as Readable)])
    return { code, signal, out }
  }
  const interrupted = await end()
  t.match(interrupted, {
    code: 1,
    out: /^Interrupted: 9 rows: \d imported, .* left\. Run the same command again to go on\.\n$/,
  })
  t.ok(links.length < 6)
  t.match(await end(), { signal: 'SIGKILL', out: '' })
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), {
    code: 0,
    out: /9 imported, 0 already there, 0 refused/,
  })
  t.same(links, keys)
})
