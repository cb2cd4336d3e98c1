import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { Problem } from '../../src/errors/problem.ts'
import { createLogger } from '../../src/logging/logger.ts'
import { createTally } from '../../src/logging/tally.ts'
import { paceOf, takeMoment } from '../../src/overload/pace.ts'
import { pacerOfRefusals } from '../../src/overload/slow-refusals.ts'
import { collect, testApp } from '../support/test-app.ts'

t.test('a pace lets a burst through at once, and then one at a time', async t => {
  const pace = paceOf(10)
  const waits = Array.from({ length: 13 }, () => takeMoment(pace, 0))
  t.same(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200])
  t.equal(takeMoment(pace, 60_000), 0)
})

function played() {
  const lines: Record<string, unknown>[] = []
  let time = 0
  const pacer = pacerOfRefusals(createTally(createLogger('info', collect(lines))), () => time)
  const refused = new Problem('token-unknown', 'no', { recorded: { application: 'crm' } })
  return {
    lines,
    refuse: (address: string) => pacer(refused, address) as { wait: number; isLogged: boolean },
    pacer,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

t.test('a flood of refusals is answered later and later, that of another address is not', async t => {
  const { refuse, pass } = played()
  const flood = Array.from({ length: 1_000 }, () => refuse('203.0.113.1').wait)
  t.equal(flood[400], 0)
  t.ok((flood[999] as number) > 900, '500 a second')
  t.equal(refuse('203.0.113.2').wait, 0)
  pass(5_000)
  t.equal(refuse('203.0.113.1').wait, 0)
})

t.test('however many addresses there are, the rate has a limit in all', async t => {
  const { refuse } = played()
  const waits = Array.from({ length: 20_000 }, (_, n) => refuse(`10.0.${n >> 8}.${n & 255}`).wait)
  t.equal(waits[1_000], 0)
  t.ok((waits[5_999] as number) > 1_900, '2,000 a second')
})

t.test('a refusal waits for two seconds at most, and a flood that ends is forgotten after them', async t => {
  const { refuse, pass } = played()
  const waits = Array.from({ length: 100_000 }, () => refuse('203.0.113.1').wait)
  t.equal(Math.max(...waits), 2_000)
  t.equal(refuse('203.0.113.2').wait, 2_000, 'others wait as long')
  pass(2_001)
  t.equal(refuse('203.0.113.2').wait, 0)
})

t.test('whatever callers without access are told has a pace, and what others are told has none', t => {
  const codes = [
    ...(['token-missing', 'token-unknown', 'caller-not-allowed', 'too-many-unknown-tokens'] as const),
    ...(['request-malformed', 'headers-too-large', 'no-such-address', 'method-not-allowed'] as const),
  ]
  for (const code of codes) t.ok(played().pacer(new Problem(code, 'no'), '203.0.113.1'), code)
  for (const code of ['overloaded', 'object-unknown', 'database-away'] as const)
    t.equal(played().pacer(new Problem(code, 'no'), '203.0.113.1'), undefined, code)
  t.end()
})

t.test('addresses of one network count together, as whoever has one of them has all', async t => {
  const { refuse } = played()
  const waits = Array.from({ length: 1_000 }, (_, n) => refuse(`2001:db8:1:2::${n.toString(16)}`).wait)
  t.ok((waits[999] as number) > 900, '500 a second')
  t.equal(refuse('2001:db8:1:3::1').wait, 0)
})

t.test('the log tells a flood of refusals once', async t => {
  const { refuse, lines } = played()
  const logged = Array.from({ length: 1_000 }, () => refuse('203.0.113.1').isLogged).filter(Boolean)
  t.ok(logged.length <= 51, `${logged.length} records of their own`)
  t.match(lines, [{ code: 'token-unknown', application: 'crm', level: 'warn' }])
  t.equal(lines.length, 1)
})

t.test('what a caller with access is answered has no pace', async t => {
  const { pacer } = played()
  t.equal(pacer(new Problem('object-unknown', 'no'), '203.0.113.1'), undefined)
})

t.test('a caller with a token is answered at once beside a flood of wrong ones', async t => {
  const token = 'canary1234567890123456789012345678'
  const { openReplica } = await testApp(t, { authorization: { kind: 'token', tokens: [token] } })
  // The clock stands still, so that the paces are the same however slow the machine is.
  const { publicApp: app } = await openReplica({ clock: { now: () => 1_000 } })
  // A key that cannot be is refused without the database, but only to callers with access.
  const ask = (text: string) =>
    app
      .inject({ url: '/crm/objects/%00', headers: { authorization: `OAuth ${text}` } })
      .then(({ statusCode }) => statusCode)
  let refused = 0
  const flood = Array.from({ length: 900 }, () =>
    ask('wrong').then(status => {
      refused++
      return status
    }),
  )
  t.equal(await ask(token), 400)
  t.ok(refused < 900, 'refusals are still to come')
  t.same(new Set(await Promise.all(flood)), new Set([401]), 'and all come')
})

t.test('one connection cannot fill the memory with refused calls that wait', async t => {
  const { app } = await testApp(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1').resume()
  t.teardown(() => socket.destroy())
  const isClosed = new Promise(resolve => socket.on('error', () => {}).on('close', resolve))
  // The first 500 are answered at once, the next 16 wait.
  socket.write('GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(900))
  await isClosed
  t.equal((await app.inject('/health')).statusCode, 200)
})
