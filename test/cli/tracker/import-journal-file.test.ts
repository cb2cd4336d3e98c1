import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { playedTracker } from '../../support/played-tracker.ts'
import { collectOutput, ended, program, startProgram } from '../../support/start-program.ts'
import { until } from '../../support/until.ts'
import { configFor, trackerLine } from './run-tracker.ts'

const header = 'issue,relationship,linkedIssue,createdAt,createdBy,updatedAt,updatedBy\n'
const keys = Array.from({ length: 9 }, (_, index) => `TEST-${index + 2}`)
const rows = keys.map(key => `TEST-1,relates,${key},2020-08-29T12:34:41.740+0000,user1,,\n`).join('')

const entry = (key: string) => ({
  id: key,
  type: { id: 'relates' },
  direction: 'outward',
  object: { id: `id-${key}`, key },
})

/** A Tracker that keeps the links of TEST-1, and a command line beside it. `held` holds up the answer to a link. */
async function withTracker(t: Test, held: () => Promise<void> = async () => {}) {
  const links: string[] = []
  const tracker = await playedTracker(t, async ({ method, target, body }) => {
    if (target.endsWith('/myself')) return { body: { uid: '1', login: 'user1' } }
    if (method === 'GET') return { body: target.includes('TEST-1/') ? links.map(entry) : [] }
    if (target.includes('/_search'))
      return { body: (JSON.parse(body).keys as string[]).map(key => ({ id: `id-${key}`, key })) }
    links.push(JSON.parse(body).issue)
    await held()
    return { status: 200, body: entry(links.at(-1) as string) }
  })
  const cli = trackerLine(t, { 'tracker-links.yaml': configFor(tracker.url), 'links.csv': header + rows })
  const importing = async (...before: string[]) => {
    const [command, ...words] = [...before, process.execPath, program, 'tracker', 'import-links', 'links.csv']
    const child = startProgram(command, words, { cwd: cli.directory, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed = collectOutput(child)
    return { code: await ended(child), printed: printed() }
  }
  return { links, cli, importing, at: (name: string) => join(cli.directory, name) }
}

t.test('a journal that can no longer be written stops the import before the next link is sent', async t => {
  const { links, cli, importing, at } = await withTracker(t)
  // No file may become larger than half a kilobyte: the head of the journal and a few steps. What tap puts into each Node process
  // by NODE_OPTIONS takes the signal for that, which Node ignores, for the end of the process.
  const stopped = await importing('/bin/sh', '-c', 'ulimit -f 1; unset NODE_OPTIONS; exec "$@"', 'sh')
  t.match(stopped, { code: 1, printed: /The journal .*links\.csv\.journal can no longer be written \(EFBIG\)/ })
  const lines = readFileSync(at('links.csv.journal'), 'utf8').split('\n').slice(0, -1)
  const started = lines.filter(line => line.includes('"started"')).length
  t.ok(links.length > 0 && links.length < keys.length, 'it was in the midst of its work')
  t.equal(links.length, started, 'what was sent is in the journal')
  t.notOk(existsSync(at('links.csv.journal.lock')))

  t.match(await cli.run('tracker', 'import-links', 'links.csv'), { code: 0, out: /9 imported, 0 already there/ })
  t.same(links, keys, 'and nothing was sent twice')
})

t.test('a file is imported by one program at a time', async t => {
  const answer = Promise.withResolvers<void>()
  const { links, cli, importing, at } = await withTracker(t, () => answer.promise)
  const first = importing()
  await until(() => links.length === 1)
  const second = await cli.run('tracker', 'import-links', 'links.csv')
  t.match(second, { code: 2, told: /^Another import of the same file is running: .*links\.csv\.journal is in use\./ })
  t.same(links, keys.slice(0, 1), 'nothing is sent by it')
  answer.resolve()
  t.match(await first, { code: 0, printed: /9 imported/ })
  t.same(links, keys)
  t.notOk(existsSync(at('links.csv.journal.lock')))
  t.match(await cli.run('tracker', 'import-links', 'links.csv'), { code: 0, out: /9 imported.*9 rows in earlier runs/ })
})
