// Runs the conformance kit against a correct server, and against servers with one fault each: the check that is meant names
// the fault, and no other check of the level `must` fails but those that the fault breaks as well.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allChecks } from '../../src/checks/kit/all-checks.ts'
import type { Check } from '../../src/checks/kit/check.ts'
import { newKit } from '../../src/checks/kit/kit.ts'
import { openJournal } from '../../src/checks/kit/link-journal.ts'
import { type KitReport, runKit } from '../../src/checks/kit/run-kit.ts'
import { seededRandom } from '../../test/black-box/bad-request-generator.ts'
import { tryCertificates } from './kit/certificate-test.ts'
import { objects, type Played, playApplication, token } from './kit/correct-server.ts'
import { authorizationFaults } from './kit/faults/authorization.ts'
import { cardFaults } from './kit/faults/card.ts'
import { createFaults } from './kit/faults/create.ts'
import { keyFaults } from './kit/faults/keys.ts'
import { removeFaults } from './kit/faults/remove.ts'
import { robustnessFaults, speedFaults } from './kit/faults/robustness.ts'
import type { FaultyServer } from './kit/faulty-server.ts'
import { tryKills } from './kit/kill-test.ts'

const faults: readonly FaultyServer[] = [
  ...cardFaults,
  ...keyFaults,
  ...createFaults,
  ...removeFaults,
  ...robustnessFaults,
  ...speedFaults,
  ...authorizationFaults,
]
const folder = await mkdtemp(join(tmpdir(), 'kit-test-'))
let failures = 0
const tell = (isRight: boolean, text: string) => {
  if (!isRight) failures++
  console.log(`${isRight ? 'ok' : 'NOT OK'}  ${text}`)
}

async function run(
  { url }: Played,
  says: FaultyServer['says'] = {},
  checks: readonly Check[] = allChecks,
): Promise<KitReport> {
  const application = {
    id: 'played',
    entityInfoUrl: `${url}/objects${says.keyInQuery ? '?key=' : '/'}{{remoteKey}}`,
    createLinkUrl: `${url}/links`,
    removeLinkUrl: `${url}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
    ...(!says.withoutToken && { oauthToken: token }),
  }
  const { defaultIcon = '/icon.svg' } = says
  const sender = { timeout: 5_000 }
  const report = await runKit(
    newKit({
      target: { application, objects, ...(defaultIcon !== 'none' && { defaultIconUrl: `${url}${defaultIcon}` }) },
      sender,
      journal: openJournal(join(folder, `${new URL(url).port}.ndjson`)),
      signal: new AbortController().signal,
    }),
    checks,
  )
  return report
}

const idsOf = ({ results }: KitReport, outcome: string) =>
  results.filter(result => result.outcome === outcome).map(({ check }) => check.id)

async function tryFault({ name, finds, entails = [], change, says, failsAtMalformed }: FaultyServer): Promise<void> {
  const played = await playApplication(change, failsAtMalformed ? { malformed: 500 } : {})
  try {
    const report = await run(played, says)
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
    const report = await run(correct, says)
    const wrong = [...idsOf(report, 'fail'), ...idsOf(report, 'warn')]
    tell(wrong.length === 0, `a correct server, ${form}: ${wrong.join(', ') || 'all green'}`)
    tell(correct.links.size === 0 && report.left.length === 0, 'nothing is left behind')
    const { calls, milliseconds } = report
    tell(calls <= 400 && milliseconds <= 60_000, `${report.results.length} checks, ${calls} calls, ${milliseconds} ms`)
  }
  await correct.close()
  for (const fault of faults) if (only === undefined || fault.finds === only) await tryFault(fault)
  await tryCertificates(tell)
  const seed = Number(process.env.SEED ?? 1)
  console.log(`seed ${seed}`)
  await tryKills(folder, seededRandom(seed).next, tell)
  const found = new Set(faults.map(({ finds }) => finds))
  const unproved = allChecks.filter(({ id, group }) => !found.has(id) && group !== 'tls').map(({ id }) => id)
  tell(unproved.length === 0, `each check is needed by a fault: ${unproved.join(', ') || 'yes'}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
console.log(`${failures === 0 ? 'All' : 'NOT all'} held: ${faults.length} faulty servers.`)
process.exit(failures === 0 ? 0 : 1)
