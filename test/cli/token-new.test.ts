import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { run } from '../../src/cli/main.ts'
import { leastBits, tokenBits } from '../../src/registration/token-strength.ts'

async function tokenNew(...options: string[]) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const context = { env: {}, directory: '/', stdin: new PassThrough(), stdout, stderr, isTerminal: false }
  const code = await run(['token', 'new', ...options], context)
  stdout.end()
  stderr.end()
  return { code, out: await text(stdout), told: await text(stderr) }
}

t.test('a token alone is printed, and nothing in it needs quotes', async t => {
  const { code, out } = await tokenNew()
  t.equal(code, 0)
  t.match(out, /^[0-9a-f]{64}\n$/)
})

t.test('no two tokens are the same, and the linter takes them', async t => {
  const tokens = new Set<string>()
  for (let count = 0; count < 50; count++) tokens.add((await tokenNew()).out.trim())
  t.equal(tokens.size, 50)
  for (const token of tokens) t.ok(tokenBits(token) >= leastBits, 'strong')
})

t.test('--json prints one document', async t => {
  const { out } = await tokenNew('--json')
  t.match(JSON.parse(out), { token: /^[0-9a-f]{64}$/, bits: 256 })
})

t.test('it is said where to put the token, and the token is not said again', async t => {
  const { out, told } = await tokenNew()
  t.match(told, `\${CRM_TOKEN}`)
  t.match(told, 'stored nowhere')
  t.notMatch(told, out.trim())
})
