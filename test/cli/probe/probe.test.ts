import { text } from 'node:stream/consumers'
import t from 'tap'
import { probeReport } from '../../../src/checks/call-probe/probe-report.ts'
import { findProbe } from '../../../src/storage/calls/probe-runs.ts'
import {
  asUsersStartIt,
  collectOutput,
  ended,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../../support/start-program.ts'
import { commandLine } from '../command-line.ts'

const token = 'y0_canary-7Qm2xK9vT4bN8sW3yF6hJ1dLpZ5rG8wC2k'

const configuration = `publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: token, tokens: [${token}] }
    probe: true
`

type Report = { probe: string; calls: number; startedAt: string; questions: { state: string; toSee?: string }[] }

t.test('the report is printed by the program, and a probe that was forgotten begins anew in the server', async t => {
  const line = await commandLine(t)
  line.write('tracker-links.yaml', configuration)
  /** As a process of its own. */
  const ask = async (...argv: string[]) => {
    const child = line.spawn('probe', ...argv)
    const out = child.stdout === null ? '' : await text(child.stdout)
    return { code: await ended(child), out }
  }
  const none = await ask('report', 'crm')
  t.match(none, { code: 0, out: /^The probe was never on: set `probe: true`/ })
  t.equal(none.out.match(/^ {3}not seen yet$/gm)?.length, 10)
  t.equal(none.out.match(/^ {3}to see it: \S/gm)?.length, 10)

  const [port, adminPort] = [await freePort(), await freePort()]
  const env = { ...line.env, PORT: `${port}`, ADMIN_PORT: `${adminPort}`, NODE_ENV: '', DRAIN_SECONDS: '0' }
  const server = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
    cwd: line.directory,
    env,
    stdio: 'pipe',
  })
  const output = collectOutput(server)
  t.teardown(() => stopProgram(server))
  const untilIt = <T>(what: string, is: () => Promise<T | undefined | false>) =>
    untilAnswered(server, is, { what, output })
  await untilIt('the server', () => isWell(`http://127.0.0.1:${adminPort}/health/ready`))
  await untilIt('the probe', async () => output().includes('the probe starts'))
  for (const presented of [token, `${token}wrong`]) {
    const headers = { authorization: `OAuth ${presented}`, 'user-agent': 'Tracker at host.example.net' }
    await (await fetch(`http://127.0.0.1:${port}/crm/objects/SECRET-1`, { headers })).arrayBuffer()
  }
  await untilIt('both calls', async () => (await findProbe(line.prisma, 'crm'))?.calls === 2n)

  const { out } = await ask('report')
  t.match(
    out,
    /^The probe has seen 2 calls since .*Z; it ends .*Z\.\n\n1\. .*\n {3}authorization, scheme OAuth \(2\); no header/,
  )
  t.match(out, /tokens: 44 characters, letters, digits, - and _, begins with y0_ \(1\), 49 characters/)
  const json = await line.run(['probe', 'report', 'crm', '--json'])
  const report = JSON.parse(json.out) as Report
  t.match(report, { probe: 'on', calls: 2, questions: [{ state: 'seen' }, { state: 'seen' }, { state: 'seen' }] })
  t.same(report, JSON.parse(JSON.stringify(await probeReport(line.prisma, 'crm'))))
  t.notMatch(out + json.out + output(), /canary/)
  t.notMatch(out + json.out, /SECRET|example\.net|127\.0\.0\.1/)

  t.match(await line.run(['probe', 'forget', 'crm']), { code: 2, told: 'use --yes' })
  t.match(await line.run(['probe', 'forget', 'crm', '--yes']), {
    code: 0,
    out: 'of 2 calls was removed. The probe begins anew.',
  })
  const anew = await untilIt('another probe', () => findProbe(line.prisma, 'crm'))
  t.equal(anew.calls, 0n)
  t.ok(anew.startedAt.toISOString() > report.startedAt)
  t.match(await line.prisma.auditRecord.findMany(), [{ operation: 'probe forget', applicationId: 'crm' }])
  t.match(await line.run(['probe', 'report', 'erp']), { code: 2, told: 'There is no application erp' })
  t.match((await line.run(['probe', 'report', 'crm', 'erp'])).code, 2)
})
