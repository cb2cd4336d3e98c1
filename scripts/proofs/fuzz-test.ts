// Generated requests to both ports of the real server, and generated configuration files: none may cause a 5xx, tell a secret or
// a path, break the form of an answer, or harm what a well-behaved caller does meanwhile.
// Usage: npm run test:fuzz -- [--seed N] [--seconds N] [--path P]; a failing case is printed with the options that repeat it.
import { parseArgs } from 'node:util'
import { fuzzConfigs } from './fuzz/fuzz-configs.ts'
import { type Found, fuzzRequests } from './fuzz/fuzz-requests.ts'
import { startFuzzServer } from './fuzz/fuzz-server.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string' },
    path: { type: 'string' },
    'config-path': { type: 'string' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const seconds = Number(values.seconds ?? 300)
const server = await startFuzzServer()
let isBroken = false

function tell(what: string, found: Found | undefined, option = '--path'): void {
  if (found === undefined) return
  isBroken = true
  console.log(`BROKEN  ${what}: ${found.what}`)
  console.log(`Again: npm run test:fuzz -- --seed ${found.seed} ${option} ${found.path}\n${found.example}`)
}

// The control: a fault that one shape of input meets has to be found.
server.plantFault('$1')
const control = await fuzzRequests(server, { seed: 11, seconds: 60 })
server.plantFault(undefined)
server.takeLog()
if (/answered 500|a planted fault/.test(control.found?.what ?? ''))
  console.log(`ok      the planted fault is found, after ${control.counts.connections} connections`)
else tell('the planted fault is not found', control.found ?? { what: 'nothing', seed: 11, path: '', example: '' })

const { found, counts, lost, acknowledged } = await fuzzRequests(server, { seed, seconds, path: values.path })
const statuses = [...counts.answers]
  .toSorted(([one], [other]) => one - other)
  .map(([status, count]) => `${status}: ${count}`)
console.log(`        ${counts.connections} connections, answers ${statuses.join(', ')}`)
tell('requests', found)
if (lost.length > 0) {
  isBroken = true
  console.log(`BROKEN  ${lost.length} links differ from what was acknowledged: ${JSON.stringify(lost.slice(0, 10))}`)
} else console.log(`ok      all ${acknowledged} links of the well-behaved caller are stored, and no other`)
await server.close()

const configs = await fuzzConfigs({ seed, seconds: seconds / 5, path: values['config-path'] })
console.log(`        ${configs.files} configuration files`)
tell('configuration files', configs.found, '--config-path')
console.log(isBroken ? 'BROKEN' : `ok      nothing was broken (seed ${seed}, ${seconds} s)`)
process.exitCode = isBroken ? 1 : 0
