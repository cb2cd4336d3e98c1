import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { run as runCommand } from '../../../src/cli/main.ts'
import { playUpstream } from '../../support/played-upstream.ts'
import { steersTerminal } from '../command-line.ts'

const token = 'canary-preview-1234567890'

/** The command in a folder of its own, with this configuration of `objects`; there is no database. */
function previewing(t: Test, objects: string, files: Record<string, string> = {}, more = '') {
  const directory = t.testdir(files)
  const config = `publicUrl: https://links.example.com
applications:
  - id: crm
    name: Example CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: user1@example.com
    authorization: { kind: none }
    objects:
${objects.trim().replace(/^/gm, '      ')}${more && `\n    ${more}`}`
  writeFileSync(join(directory, 'tracker-links.yaml'), config)
  const env = { TOKEN: token, DATABASE_URL: 'postgresql://127.0.0.1:9/none' }
  return async (...argv: string[]) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const printed = Promise.all([text(stdout), text(stderr)])
    const context = { env, directory, stdin: Readable.from([]), stdout, stderr, isTerminal: false }
    const code = await runCommand(['objects', 'preview', ...argv], context)
    stdout.end()
    stderr.end()
    const [out, told] = await printed
    t.notMatch(out + told, token)
    t.notOk(steersTerminal(out))
    return { code, out, told }
  }
}

const objectsAt = (origin: string) => `
source: http
url: ${origin}/deals/{{remoteKey}}
headers: { X-Token: "\${TOKEN}" }
privateHosts: [127.0.0.1]
mapping:
  summary: title
  status: state
  assignee: owner.login
  updated: changed
states:
  won: { name: Won, resolution: Sold, icon: done }
people:
  table:
    jdoe: { login: user1, trackerUid: "9223372036854775807" }
`
const deal = '{"title":"Deal \\u001b[2J","state":"won","owner":{"login":"jdoe"},"changed":"2024-05-02T10:11:12Z"}'

t.test('each step is shown: question, answer, mapping, rules, card', async t => {
  const upstream = await playUpstream(t)
  upstream.answer = (_seen, response) => response.end(deal)
  const preview = previewing(t, objectsAt(upstream.origin))
  const { code, out } = await preview('crm', 'a/b')
  t.equal(code, 0)
  t.match(
    out,
    `  GET ${upstream.origin}/deals/a%2Fb\n  with accept, user-agent, x-token, accept-encoding\n  200 after `,
  )
  t.match(out, /^Answer\n {2}\{\n {4}"title": "Deal \\u001b\[2J",$/m)
  t.match(out, /^ {2}status +"won" +state$/m)
  t.match(out, /^ {2}assignee +"jdoe" +owner\.login$/m)
  t.match(out, /^ {2}status\.name: "won" -> "Won"$/m)
  t.match(out, /^ {2}assignee\.trackerUid: nothing -> 9223372036854775807$/m)
  t.match(out, /^Card\n {2}\{\n {4}"key": "a\/b",$/m)
  t.match(out, '"iconUrl": "https://links.example.com/crm/icons/done.svg"')
})

t.test('--json holds all of it, with every digit', async t => {
  const upstream = await playUpstream(t)
  upstream.answer = (_seen, response) => response.end(deal)
  const { code, out } = await previewing(t, objectsAt(upstream.origin))('crm', '1', '--json')
  t.equal(code, 0)
  t.match(out, '"trackerUid":9223372036854775807')
  t.match(JSON.parse(out), {
    application: 'crm',
    key: '1',
    steps: [
      { step: 'request', method: 'GET' },
      { step: 'answer', status: 200 },
    ],
    answer: { title: 'Deal \u001b[2J', state: 'won' },
    mapping: [{ field: 'summary', expression: 'title' }, { field: 'status', value: 'won' }, {}, {}],
    card: { status: { name: 'Won' }, resolution: { name: 'Sold' }, updated: '2024-05-02T10:11:12.000+0000' },
    failure: null,
  })
})

t.test('a saved answer is mapped without asking; what is wrong is told with the expression and the value', async t => {
  const upstream = await playUpstream(t)
  const preview = previewing(t, objectsAt(upstream.origin), {
    'good.json': deal,
    'bad.json': '{"state":["won"],"changed":"yesterday"}',
    'broken.json': '{',
  })
  t.match(await preview('crm', '1', '--answer', 'good.json'), { code: 0, out: /^Card$/m })
  const { code, out } = await preview('crm', '1', '--answer', 'bad.json')
  t.equal(code, 1)
  t.match(
    out,
    'No card\n  status must be one text or number (expression `state`; it met ["won"])\n    Change the expression',
  )
  t.match(out, '  summary must be there (expression `title`; it met nothing)')
  t.match(out, /updated must be a moment .*it met "yesterday"\)\n {4}Write it like 2024/)
  t.match(JSON.parse((await preview('crm', '1', '--answer', 'bad.json', '--json')).out), {
    card: null,
    failure: { reason: 'mapping', faults: [{ field: 'status' }, { field: 'summary' }, { field: 'updated' }] },
  })
  t.match(await preview('crm', '1', '--answer', 'broken.json'), {
    code: 2,
    told: '--answer names no answer: it is not JSON.\n',
  })
  t.match(await preview('crm', '1', '--answer', 'none.json'), { code: 2, told: /cannot be read \(ENOENT\)/ })
  t.same(upstream.seen, [])
})

t.test('an object that is unknown, and a source that fails, end with 1', async t => {
  const upstream = await playUpstream(t)
  const preview = previewing(t, objectsAt(upstream.origin))
  upstream.answer = (_seen, response) => response.writeHead(404).end()
  t.match(await preview('crm', '1'), { code: 1, out: /404 after \d+ ms\n\nThere is no such object\.\n$/ })
  upstream.answer = (_seen, response) => response.writeHead(302, { location: 'http://169.254.169.254/x' }).end()
  t.match(await preview('crm', '1'), {
    code: 1,
    out: /302 after \d+ ms to http:.*\n\nNo card\n {2}the answer was a redirect to another origin/,
  })
})

t.test('a source that is slower than the budget is told so, with its time', async t => {
  const upstream = await playUpstream(t)
  upstream.answer = (_seen, response) => setTimeout(() => response.end(deal), 100)
  const objects = objectsAt(upstream.origin)
  const { code, out } = await previewing(t, objects, {}, 'cards: { budgetMilliseconds: 50 }')('crm', '1')
  t.equal(code, 0, 'a card came of it')
  t.match(out, /^WARNING: slower than your budget of 50 ms: it took [\d,]+ ms\..*`cards\.budgetMilliseconds`/m)
  const patient = previewing(t, objects, {}, 'cards: { budgetMilliseconds: 5000 }')
  t.notMatch((await patient('crm', '1')).out, 'WARNING')
  const hasty = previewing(t, objects, {}, 'cards: { budgetMilliseconds: 50 }')
  t.match(JSON.parse((await hasty('crm', '1', '--json')).out), {
    milliseconds: Number,
    warnings: [/slower than your budget/],
  })
})

t.test('a module is previewed, too, its answer read by a mapping', async t => {
  const preview = previewing(t, 'source: module\nfile: crm.mjs\nmapping: { summary: deal.name }', {
    'crm.mjs': 'export default ({ key }) => ({ deal: { name: "Deal " + key } })',
  })
  const { code, out } = await preview('crm', '1')
  t.equal(code, 0)
  t.match(
    out,
    /crm\.mjs\n {2}sees the variables .*; `env` gives it others\n {2}ended after \d+ ms\n\nAnswer\n {2}\{\n {4}"deal": \{/,
  )
  t.match(out, /^ {2}summary +"Deal 1" +deal\.name$/m)
})

t.test('what cannot be previewed is refused', async t => {
  const preview = previewing(t, 'source: store')
  t.match(await preview('crm', '1'), { code: 2, told: /are in the store: see them with `objects show`/ })
  t.match(await preview('none', '1'), { code: 2, told: /There is no application none; the configuration has crm/ })
  t.match(await preview('crm'), { code: 2, told: /missing required argument 'key'/ })
  t.match(await previewing(t, objectsAt('http://127.0.0.1:9'))('crm', ''), { code: 2, told: /is no object key/ })
})
