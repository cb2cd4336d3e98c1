// Runs the conformance kit against a correct server, and against servers with one fault each: the check that is meant names
// the fault, and no other check of the level `must` fails but those that the fault breaks as well.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allChecks } from '../../src/checks/kit/all-checks.ts'
import type { KitReport } from '../../src/checks/kit/run-kit.ts'
import { seededRandom } from '../../test/black-box/bad-request-generator.ts'
import { faultyServers } from './kit/all-faults.ts'
import { tryCertificates } from './kit/certificate-test.ts'
import { playApplication } from './kit/correct-server.ts'
import type { FaultyServer } from './kit/faulty-server.ts'
import { tryForeign } from './kit/foreign-test.ts'
import { tryKills } from './kit/kill-test.ts'
import { tryOwn } from './kit/own-test.ts'
import { tryKit } from './kit/try-kit.ts'

const folder = await mkdtemp(join(tmpdir(), 'kit-test-'))
let failures = 0
const tell = (isRight: boolean, text: string) => {
  if (!isRight) failures++
  console.log(`${isRight ? 'ok' : 'NOT OK'}  ${text}`)
}

const idsOf = ({ results }: KitReport, outcome: string) =>
  results.filter(result => result.outcome === outcome).map(({ check }) => check.id)

async function tryFault({ name, finds, entails = [], change, says, failsAtMalformed }: FaultyServer): Promise<void> {
  const played = await playApplication(change, failsAtMalformed ? { malformed: 500 } : {})
  try {
    const report = await tryKit(played, { folder, ...(says && { says }) })
    const [failed, warned] = [idsOf(report, 'fail'), idsOf(report, 'warn')]
    const expected = new Set([...entails, finds])
    const isFound = [...failed, ...warned].includes(finds)
    const others = failed.filter(id => !expected.has(id))
    const missing = entails.filter(id => !failed.includes(id))
    tell(
      isFound && others.length === 0 && missing.length === 0,
      [
        `${finds}: ${name}`,
        ...(isFound ? [] : ['it was not found']),
        ...(others.length > 0 ? [`not expected: ${others.join(', ')}`] : []),
        ...(missing.length > 0 ? [`expected as well: ${missing.join(', ')}`] : []),
      ].join('; '),
    )
  } finally {
    await played.close()
  }
}

try {
  const only = process.argv[2]
  const correct = await playApplication()
  for (const [form, says] of Object.entries({
    'the key in the path': {},
    'the key in the query': { keyInQuery: true },
  })) {
    const report = await tryKit(correct, { folder, says })
    const wrong = [...idsOf(report, 'fail'), ...idsOf(report, 'warn')]
    tell(wrong.length === 0, `a correct server, ${form}: ${wrong.join(', ') || 'all green'}`)
    tell(correct.links.size === 0 && report.left.length === 0, 'nothing is left behind')
    const { calls, milliseconds } = report
    tell(calls <= 400 && milliseconds <= 60_000, `${report.results.length} checks, ${calls} calls, ${milliseconds} ms`)
  }
  await correct.close()
  for (const fault of faultyServers) if (only === undefined || fault.finds === only) await tryFault(fault)
  await tryOwn(folder, tell)
  await tryForeign(folder, tell)
  await tryCertificates(folder, tell)
  const seed = Number(process.env.SEED ?? 1)
  console.log(`seed ${seed}`)
  await tryKills(folder, seededRandom(seed).next, tell)
  const found = new Set(faultyServers.map(({ finds }) => finds))
  const unproved = allChecks.filter(({ id, group }) => !found.has(id) && group !== 'tls').map(({ id }) => id)
  tell(unproved.length === 0, `each check is needed by a fault: ${unproved.join(', ') || 'yes'}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
console.log(`${failures === 0 ? 'All' : 'NOT all'} held: ${faultyServers.length} faulty servers.`)
process.exit(failures === 0 ? 0 : 1)
