import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { faultyServers } from '../../scripts/proofs/kit/all-faults.ts'
import { json, playApplication, token } from '../../scripts/proofs/kit/correct-server.ts'
import type { FaultyServer } from '../../scripts/proofs/kit/faulty-server.ts'
import { runPlayed, tryKit } from '../../scripts/proofs/kit/try-kit.ts'
import { allChecks } from '../../src/checks/kit/all-checks.ts'
import { plainReport } from '../../src/checks/kit/report/plain-report.ts'

// The whole matrix, each faulty server against all checks, is `npm run test:kit`.

t.test('a correct application is all green, and keeps no link', async t => {
  const played = await playApplication()
  t.teardown(played.close)
  const { results, left } = await tryKit(played, { folder: t.testdir() })
  t.same(
    results.filter(({ outcome }) => outcome === 'fail' || outcome === 'warn'),
    [],
  )
  t.same([played.links.size, left], [0, []])
})

t.test('each check has an id of its own, and a faulty server that needs it', async t => {
  const ids = allChecks.map(({ id }) => id)
  t.same(ids, [...new Set(ids)])
  const found = new Set(faultyServers.map(({ finds }) => finds))
  t.same(
    allChecks.filter(({ id, group }) => group !== 'tls' && !found.has(id)).map(({ id }) => id),
    [],
  )
})

/** Lets one faulty server meet the check that is there for it. */
async function findFault(t: Test, { finds, change, says, failsAtMalformed }: FaultyServer): Promise<void> {
  const played = await playApplication(change, failsAtMalformed ? { malformed: 500 } : {})
  t.teardown(played.close)
  // What a check looks at may be what others have asked.
  const groups = { 'stays-up': 'robustness', 'token-kept-secret': 'card' }[finds]
  const checks = allChecks.filter(({ id, group }) => id === finds || group === groups)
  const { results } = await tryKit(played, { folder: t.testdir(), checks, ...(says && { says }) })
  const { outcome, fault } = results.find(({ check }) => check.id === finds) ?? {}
  t.match(outcome, /^(fail|warn)$/)
  for (const text of [fault?.rule, fault?.fix]) t.match(text, /\w/)
  t.notMatch(JSON.stringify(fault?.exchange?.outcome ?? {}), token)
}

// Beside each other and the slow ones, which are the last, first: they only wait.
t.test('each faulty server is found', { jobs: 6 }, async t => {
  for (const server of faultyServers.toReversed())
    t.test(`${server.finds} names an application that ${server.name}`, t => findFault(t, server))
})

t.test('the token goes to the hosts of the templates only', async t => {
  const elsewhere: (string | undefined)[] = []
  const other = createServer((request, response) => {
    elsewhere.push(request.headers.authorization)
    response.writeHead(200, { 'content-type': 'image/png' }).end()
  })
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  t.teardown(() => other.close())
  const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
  const played = await playApplication(({ card }) => ({
    card: (key, call) => {
      const right = card(key, call)
      return right && { ...right, iconUrl: address }
    },
    create: ({ response }) => void response.writeHead(307, { location: address }).end(),
  }))
  t.teardown(played.close)
  await tryKit(played, { folder: t.testdir() })
  t.same([...new Set(elsewhere)], [undefined], 'the icon was loaded, and no redirect was followed')
})

t.test('an application that repeats what it is sent brings no token into the report', async t => {
  const played = await playApplication(() => ({
    first: call => {
      const sent = call.request.headersDistinct.authorization?.join() ?? 'nothing'
      // Every check of a token fails, and its answer stands in the report.
      json(call, /^(Bearer|oauth)/.test(sent) ? 401 : 200, { key: 'D-1', summary: sent }, { 'x-sent': sent })
      return true
    },
  }))
  t.teardown(played.close)
  const { kit, report } = await runPlayed(played, { folder: t.testdir() })
  const told = JSON.stringify(plainReport(kit, report, { startedAt: new Date() }))
  t.match(told, '***')
  t.notMatch(told, token.slice(0, -1))
  t.match(told, 'Bearer $TOKEN', 'and the command says in which form it went')
})
