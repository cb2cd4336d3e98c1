import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openModuleUpstream } from '../../../src/linked-objects/sources/module/module-upstream.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { sourceOf } from '../../support/source-application.ts'

/** What a module may do instead of answering, by the key that it is asked for. */
const misdeeds = `
const misdeeds = {
  loop: () => { for (;;); },
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  nothing: () => { throw null },
  error: () => { throw new Error('no card') },
  rejected: () => Promise.reject(new Error('no card')),
  memory: () => { const all = []; for (;;) all.push(new Array(4e6).fill(0.5)) },
  left: () => { void Promise.reject(new Error('left')); setTimeout(() => { throw null }, 1); return { summary: 'left' } },
  circle: () => { const circle = {}; circle.circle = circle; return circle },
  symbol: () => Symbol('x'),
  hostile: () => { throw { toString() { throw null } } },
  large: () => ({ summary: 'x'.repeat(2e6) }),
}
export default ({ key }) => Object.hasOwn(misdeeds, key) ? misdeeds[key]() : { summary: 'Card ' + key }
`

const moduleSource = (t: Test, content: string, name = 'crm.mjs', more: object = {}) =>
  sourceOf(t, { source: 'module', file: name, ...more }, t.testdir({ [name]: content }))

/** The module without the breaker, which some failures in a row would open. */
function moduleUpstream(t: Test, content: string) {
  const upstream = openModuleUpstream({ source: 'module', file: join(t.testdir({ 'crm.mjs': content }), 'crm.mjs') })
  t.teardown(() => upstream.close())
  return (key: string, signal = new AbortController().signal) => upstream.ask(key as RemoteKey, { signal })
}

t.test('a TypeScript module runs as it is; uids keep their digits, dates their moment', async t => {
  const { find } = moduleSource(
    t,
    `type Question = { key: string; signal: AbortSignal }
    export default async ({ key, signal }: Question) =>
      key === 'none' || signal.aborted ? undefined : {
        summary: \`Card \${key}\`,
        assignee: { trackerUid: 9007199254740993n },
        updated: new Date('2024-05-02T10:11:12.345Z'),
      }`,
    'crm.ts',
  )
  t.same(await find('a/ж'), {
    key: 'a/ж',
    summary: 'Card a/ж',
    assignee: { trackerUid: 9007199254740993n },
    updated: new Date('2024-05-02T10:11:12.345Z'),
  })
  t.equal(await find('none'), undefined)
})

t.test('whatever a module does is one failure, and the next question is answered', async t => {
  const ask = moduleUpstream(t, misdeeds)
  for (const [key, message] of [
    ['nothing', 'the module failed: it threw null'],
    ['error', /^the module failed: it threw Error: no card, at \S*crm\.mjs:7:\d+$/],
    ['rejected', /it threw Error: no card, at \S*crm\.mjs:8:\d+$/],
    ['circle', /^the module failed: it threw TypeError: Converting circular structure/],
    ['symbol', /not a JSON value/],
    ['hostile', /something that has no text/],
    ['large', /larger than 1 MB/],
    ['exit', 'the module ended its process (exit code 3)'],
    ['kill', 'the module ended its process (SIGKILL)'],
  ] as const) {
    t.match(await ask(key).catch((error: unknown) => error), { name: 'SourceFailure', reason: 'failed', message }, key)
    t.same(await ask('next'), { summary: 'Card next' }, `after ${key}`)
  }
  // A busy machine may take longer than a question has for running out of memory.
  t.match(await ask('memory').catch((error: unknown) => error), { name: 'SourceFailure', message: /process/ })
  t.same(await ask('next'), { summary: 'Card next' }, 'after memory')
  for (let index = 0; index < 3; index++) {
    t.same(await ask('left'), { summary: 'left' })
    t.same(await ask('next'), { summary: 'Card next' }, 'what a module leaves behind does not end the next question')
  }
  const hung = await ask('loop', AbortSignal.timeout(50)).catch((error: unknown) => error)
  t.match(hung, { name: 'SourceFailure', reason: 'slow', message: /its process was ended/ })
  t.same(await ask('next'), { summary: 'Card next' }, 'after a question that nobody waits for any more')
})

t.test('more questions than processes wait for their turn', async t => {
  const { find } = moduleSource(t, misdeeds)
  const cards = await Promise.all(Array.from({ length: 20 }, (_, index) => find(String(index))))
  t.same(
    cards.map(card => card?.summary),
    Array.from({ length: 20 }, (_, index) => `Card ${index}`),
  )
})

t.test('a file that is no module, or not there, is a failure', async t => {
  const wrong = moduleSource(t, 'export default 5')
  t.match(await wrong.find('1').catch((error: unknown) => error), {
    reason: 'failed',
    message: 'the module failed: its default export is not a function',
  })
  const directory = t.testdir({})
  t.notOk(existsSync(join(directory, 'none.mjs')))
  const { find } = sourceOf(t, { source: 'module', file: 'none.mjs' }, directory)
  t.match(await find('1').catch((error: unknown) => error), {
    message: /^the module failed: it threw Error: Cannot find module '[^']+none\.mjs'$/,
  })
})

t.test('an error names the file and the line of the code of its owner', async t => {
  const outcome = async (files: Record<string, string>, file = 'crm.mjs') => {
    const upstream = openModuleUpstream({ source: 'module', file: join(t.testdir(files), file) })
    t.teardown(() => upstream.close())
    const question = { signal: new AbortController().signal }
    return upstream.ask('1' as RemoteKey, question).catch((error: unknown) => error)
  }
  const inModule = "import deal from './deal.mjs'\nexport default ({ key }) => deal(key)\n"
  const typed = 'type Deal = { title: string }\n\n'
  for (const [files, file, place] of [
    [
      { 'crm.mjs': 'export default () => {\n  return none.title\n}' },
      'crm.mjs',
      /none is not defined, at \S*crm\.mjs:2:3$/,
    ],
    [{ 'crm.ts': `${typed}export default () => (undefined as Deal).title` }, 'crm.ts', /at \S*crm\.ts:3:\d+$/],
    [{ 'crm.ts': `${typed}throw new Error('at the top')` }, 'crm.ts', /at the top, at \S*crm\.ts:3:7$/],
    [{ 'crm.mjs': 'export default () => 1\nconst x = = 1\n' }, 'crm.mjs', /SyntaxError: .*, at \S*crm\.mjs:2$/],
    [
      { 'crm.ts': `${typed}enum A { B }\nexport default () => 1` },
      'crm.ts',
      /enum is not supported .*, at \S*crm\.ts:3$/,
    ],
    [
      { 'crm.mjs': inModule, 'deal.mjs': 'export default key =>\n  JSON.parse(key + "}")' },
      'crm.mjs',
      /at \S*deal\.mjs:2:8$/,
    ],
    [{ 'crm.mjs': inModule }, 'crm.mjs', /Cannot find module .*deal\.mjs', at \S*crm\.mjs$/],
  ] as const) {
    const error = await outcome({ ...files }, file)
    t.match(error, { name: 'SourceFailure', reason: 'failed', message: place }, String(Object.values(files)[0]))
    t.notMatch((error as Error).message, /node:internal|answer-questions|module-program/)
  }
})
