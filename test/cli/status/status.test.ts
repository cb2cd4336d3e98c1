import { once } from 'node:events'
import t from 'tap'
import { writeCalls } from '../../../src/storage/calls/write-calls.ts'
import { newCallRecord } from '../../support/call-record.ts'
import { commandLine, twoApplications } from '../command-line.ts'

t.test('one screen shows all applications', async t => {
  const line = await commandLine(t)
  line.write('tracker-links.yaml', twoApplications)
  const at = Date.now() - 60_000
  await writeCalls(
    line.prisma,
    [
      newCallRecord({ requestId: 'a', at, standsFor: 99 }),
      newCallRecord({ requestId: 'b', at, milliseconds: 64, status: 503 }),
    ],
    'r1',
  )
  const { out } = await line.run(['status'])
  t.match(out, /^APPLICATION +STATE +CALLS\/H +ERRORS +P99 MS +WAITING\ncrm +\S.* +100 +1 +0\.5 +-$/m)
  t.match(out, /^tests +\S.* +0 +0 +- +-$/m)
  const value = JSON.parse((await line.run(['status', '--json'])).out)
  t.match(value, {
    database: null,
    applications: [
      { application: 'crm', lastHour: { calls: 100, errors: 1 }, links: { count: 0 } },
      { application: 'tests', lastHour: { calls: 0 }, lastReconciliation: null },
    ],
  })
  t.match(await line.run(['status', '--interval', '0']), { code: 2, told: '--interval takes a whole number' })
})

t.test('a database that is away is told, with exit code 1', async t => {
  const line = await commandLine(t)
  line.write('tracker-links.yaml', twoApplications)
  line.env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none'
  const { code, out } = await line.run(['status'])
  t.equal(code, 1)
  t.match(out, /^DATABASE AWAY .*\n\nAPPLICATION[^\n]*\ncrm +\S.* +- +- +- +-$/m)
})

t.test('in a pipe --watch prints each look, until Ctrl-C', async t => {
  const line = await commandLine(t)
  line.write('tracker-links.yaml', twoApplications)
  const program = line.spawn('status', '--watch', '--interval', '1')
  let out = ''
  program.stdout?.setEncoding('utf8')
  const looks = () => out.split('APPLICATION').length - 1
  for await (const text of program.stdout ?? []) {
    out += text
    if (looks() < 2) continue
    program.kill('SIGINT')
    break
  }
  const [code] = program.exitCode === null ? await once(program, 'exit') : [program.exitCode]
  t.ok(code === 0 || code === 1, `ended with ${code}`)
  t.notMatch(out, '\u001b')
})
