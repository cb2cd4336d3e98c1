import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/main.ts'

const strong = 'canary-Zk3vQ8sW1xR7pL5nT9bH2mD6uP5g'
const other = 'canary-a7Qm2xK9vT4bN8sW3yF6hJ1dL'

const application = (id: string, authorization: string) => `
  - id: ${id}
    name: ${id}
    frontUrl: https://${id}.example.com/{{remoteKey}}
    responsible: user1@example.com
    authorization: ${authorization}`
const tokens = (...list: string[]) => `{ kind: token, tokens: [${list.join(', ')}] }`

const triggers = (token: string) => `${tokens(strong)}\n    triggers: { token: "${token}" }`

/** A command in a folder with these applications; each is told by its authorization. */
async function runWith(t: Test, argv: string[], authorizations: string[], env: NodeJS.ProcessEnv = {}) {
  const directory = t.testdir()
  const entries = authorizations.map((authorization, index) => application(`app${index}`, authorization)).join('')
  writeFileSync(join(directory, 'tracker-links.yaml'), `publicUrl: https://l.example.com\napplications:${entries}\n`)
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const printed = Promise.all([text(stdout), text(stderr)])
  const code = await run(argv, { env, directory, stdin: Readable.from([]), stdout, stderr, isTerminal: false })
  stdout.end()
  stderr.end()
  const [out, told] = await printed
  return { code, out, told, all: out + told }
}

const user = (url: string) =>
  `{ kind: user, verifier: { kind: introspection, url: "${url}", clientId: a, clientSecret: b }, allow: { logins: [robot] } }`

const doors = [['config', 'check'], ['serve']]

t.test('a token that can be guessed is refused, by the check and by a start, and never shown', async t => {
  for (const weak of ['canary-1', 'changeme'.repeat(8), 'a'.repeat(64), '0123456789'.repeat(5)])
    for (const argv of doors) {
      const { code, told, all } = await runWith(t, argv, [tokens(`"${strong}"`, `"${weak}"`)])
      t.equal(code, 2)
      t.match(told, /tracker-links\.yaml:7:\d+ {2}applications\[0\]\.authorization\.tokens\[1\]\n {2}A token needs at/)
      t.match(told, '`tracker-links token new`')
      for (const token of [weak, strong]) t.notMatch(all, token)
    }
})

t.test('one token in two applications is refused with both places, and never shown', async t => {
  for (const argv of doors) {
    const { code, told, all } = await runWith(t, argv, [tokens(strong), '{ kind: none }', tokens(other, strong)])
    t.equal(code, 2)
    t.match(
      told,
      'applications[2].authorization.tokens[1]\n  Applications[0].authorization.tokens[0] is the same token',
    )
    for (const token of [other, strong]) t.notMatch(all, token)
  }
})

t.test("the token of triggers is held to the same, and is not one for Tracker's calls", async t => {
  for (const argv of doors) {
    const weak = await runWith(t, argv, [triggers('canary-1')])
    t.match(weak, { code: 2, told: /applications\[0\]\.triggers\.token\n {2}A token needs at/ })
    const same = await runWith(t, argv, [triggers(strong)])
    t.match(same, {
      code: 2,
      told: /triggers\.token\n {2}Applications\[0\]\.authorization\.tokens\[0\] is the same token/,
    })
    t.notMatch(same.all, strong)
  }
  t.match(await runWith(t, ['config', 'check'], [triggers(other)]), { code: 0 })
})

t.test('control: what `token new` makes is served, and so are two tokens of one application', async t => {
  const { out } = await runWith(t, ['token', 'new'], [])
  const made = out.trim()
  t.match(await runWith(t, ['config', 'check'], [tokens(`"${made}"`), tokens(strong, other)]), { code: 0, told: '' })
})

t.test('other commands work with such a configuration: an owner needs them to change it', async t => {
  t.match(await runWith(t, ['registration', 'app0'], [tokens('canary-1')]), { told: /token/ })
  t.notMatch((await runWith(t, ['registration', 'app0'], [tokens('canary-1')])).told, /tracker-links\.yaml:7/)
})

t.test('tokens that are sent without https, and an admin port that is open to all, are warned of', async t => {
  const check = (url: string, env = {}) => runWith(t, ['config', 'check'], [user(url)], env)
  for (const host of ['id.example.com', '127.id.example.com', '127.0.0.1.example.com', 'localhost.example.com'])
    t.match(
      await check(`http://${host}/check`),
      { code: 0, out: /WARNING: the tokens of callers of app0 can be read/ },
      host,
    )
  for (const url of ['https://id.example.com/', 'http://127.0.0.1:9/', 'http://localhost:9/', 'http://[::1]:9/'])
    t.notMatch((await check(url)).out, /can be read/, url)
  for (const ADMIN_HOST of ['0.0.0.0', '::', '0:0:0:0:0:0:0:0'])
    t.match(await check('https://id.example.com/', { ADMIN_HOST }), { code: 0, out: /WARNING: the port for operators/ })
  for (const ADMIN_HOST of ['127.0.0.1', '::1', '10.0.0.1', 'localhost'])
    t.notMatch((await check('https://id.example.com/', { ADMIN_HOST })).out, /port for operators/, ADMIN_HOST)
})
