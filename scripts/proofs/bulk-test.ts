// Pushes objects through the bulk endpoint of a real server, twice: all new, then all unchanged. Exit code 1 if one was
// not stored, or if the server needed more than 300 MB. Usage: npm run test:bulk [-- NUMBER], 1,000,000 objects by default
import { pushBulk } from './bulk/client.ts'
import { startPushServer } from './late-pushes/server.ts'

const count = Number(process.argv[2] ?? 1_000_000)
const mostMemory = 300

if (!Number.isSafeInteger(count) || count < 1) {
  console.error('Usage: npm run test:bulk [-- NUMBER], such as npm run test:bulk -- 100000')
  process.exit(2)
}

function* objects(): Generator<string> {
  for (let n = 0; n < count; n++)
    yield JSON.stringify({
      // In no order, as an application would send them.
      key: `deal-${(n * 7_919) % 1_000_003}-${Math.floor(n / 1_000_003)}`,
      summary: `Deal number ${n} with a customer of the usual kind`,
      status: { name: n % 3 === 0 ? 'Closed' : 'Open', description: 'Waiting for the customer' },
      assignee: { trackerUid: 8_000_000_000 + (n % 100), login: `user${n % 100}` },
      updated: '2026-05-02T10:11:12.345+0000',
      deadline: '2026-08-01T00:00:00.000+0000',
      sequence: n,
    })
}

const server = await startPushServer()
const problems: string[] = []
try {
  console.log(['run', 'objects', 'seconds', 'objects/s', 'peak MB'].map(cell => cell.padStart(10)).join(' '))
  for (const [run, wanted] of [
    ['new', 'accepted'],
    ['again', 'unchanged'],
  ] as const) {
    const started = performance.now()
    const { summary, answers } = await pushBulk(server, objects())
    const seconds = (performance.now() - started) / 1_000
    const memory = server.peakMemory()
    const cells = [run, count, seconds.toFixed(1), Math.round(count / seconds), memory]
    console.log(cells.map(cell => cell.toLocaleString('en-US').padStart(10)).join(' '))
    if (!summary.complete || summary[wanted] !== count || answers !== count)
      problems.push(`${run}: ${answers} answers, ${JSON.stringify(summary)}`)
    if (memory > mostMemory) problems.push(`${run}: ${memory} MB are more than ${mostMemory}`)
  }
} finally {
  await server.stop()
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
