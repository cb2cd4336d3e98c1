// 10,000 issues with 50,000 links that both sides have, then 500 differences of every kind: a comparison must find each of them and
// invent none, a dry run must change nothing, its plan must repair all, and a run that is killed must go on where it was. All of
// it within the rate, and not slower than the rate lets it. The control, a comparison without what both sides last agreed on, must
// be caught. Usage: npm run test:reconcile [-- ISSUES --rate 200], 10,000 by default. The rate must be one that the machine reaches.

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openScene } from './reconcile/open-scene.ts'
import { plantAlike, plantDifferences, untilFollowed } from './reconcile/plant.ts'
import { type Asked, readPlan, runKilled, runReconcile } from './reconcile/run.ts'
import { changed, snapshot } from './reconcile/snapshot.ts'

const { values, positionals } = parseArgs({ options: { rate: { type: 'string' } }, allowPositionals: true })
const issueCount = Number(positionals[0] ?? 10_000)
const differences = Math.round(issueCount / 20)
const rate = Number(values.rate ?? 200)
const twoWay = fileURLToPath(new URL('reconcile/two-way.ts', import.meta.url))

let faults = 0
/** Prints a figure, and counts it as a fault if it is not as it must be. */
function check(isRight: boolean, text: string): void {
  if (!isRight) faults++
  console.log(`${isRight ? 'ok  ' : 'NOT '} ${text}`)
}
function checkRate(what: string, { most }: Asked): void {
  check(
    most.other <= rate + 1 && most.search <= rate + 1,
    `${what}: most requests within any second: ${most.other}, searches ${most.search}, of a budget of ${rate}`,
  )
}
const missing = (wanted: readonly string[], found: readonly string[]) => wanted.filter(name => !found.includes(name))
function checkFound(planted: readonly string[], found: readonly string[]): void {
  const lost = missing(planted, found)
  const invented = missing(found, planted)
  const isRight = lost.length + invented.length === 0 && found.length === planted.length
  check(
    isRight,
    `differences planted: ${planted.length}, found: ${planted.length - lost.length}, invented: ${invented.length}`,
  )
  for (const name of [...lost.slice(0, 5).map(name => `missing: ${name}`), ...invented.slice(0, 5)])
    console.log(`       ${name}`)
}

const scene = await openScene(rate)
const dryRun = ['crm', '--all', '--dry-run']
try {
  const began = performance.now()
  const issues = await plantAlike(scene, issueCount)
  const planted = await plantDifferences(scene, issues, differences)
  const seconds = ((performance.now() - began) / 1_000).toFixed(0)
  console.log(
    `issues: ${issues.length} with ${5 * issues.length} links and ${planted.length} differences, in ${seconds} s`,
  )
  await scene.server.stop()

  const before = await snapshot(scene)
  const plan = await runReconcile(scene, [...dryRun, '--output', 'plan.ndjson'])
  check(plan.code === 1, `dry run: exit code ${plan.code} ${plan.code === 2 ? plan.errors : ''}`)
  const found = await readPlan(scene, 'plan.ndjson')
  checkFound(planted, found)
  const touched = changed(before, await snapshot(scene))
  check(touched.length === 0 && plan.asked.writes === 0, `it changed: ${touched.join(', ') || 'nothing'}`)
  checkRate('dry run', plan.asked)
  const least = plan.asked.other / rate
  const took = plan.seconds ?? Number.NaN
  check(
    took <= 1.05 * least,
    `${plan.asked.other} requests (and ${plan.asked.search} searches) in ${took.toFixed(1)} s, ${(took / least).toFixed(3)} of the least`,
  )
  const { told = Number.NaN, were = Number.NaN } = plan.estimated ?? {}
  check(Math.abs(told - were) <= 0.2 * were, `after 5 % it told ${told} s, and took ${were.toFixed(1)} s more`)

  const blind = await runReconcile(scene, [...dryRun, '--output', 'two-way.ndjson'], [twoWay])
  const confused = blind.code === 2 ? [] : missing(planted, await readPlan(scene, 'two-way.ndjson'))
  check(confused.length > 0, `control without the last agreement: ${confused.length} differences not found as they are`)

  const applied = await runReconcile(scene, ['apply', 'plan.ndjson'])
  check(
    applied.code === 0,
    `apply: exit code ${applied.code} ${applied.code === 2 ? applied.errors : ''}; ${applied.asked.writes} changes in Tracker`,
  )
  checkRate('apply', applied.asked)
  // The mirror reads what the repairs changed here; it has no part in what the next commands do.
  await scene.server.start()
  await untilFollowed(scene.prisma)
  await scene.server.stop()
  const repaired = await snapshot(scene)
  const twice = await runReconcile(scene, ['apply', 'plan.ndjson'])
  const again = changed(repaired, await snapshot(scene))
  check(
    again.length === 0 && twice.asked.writes === 0,
    `the same plan applied again changed: ${again.join(', ') || 'nothing'}`,
  )

  const rest = await runReconcile(scene, ['crm', '--all', '--repair', 'both', '--output', 'rest.ndjson'])
  const left = await readPlan(scene, 'rest.ndjson')
  const readable = left.filter(name => !name.startsWith('unreadable'))
  check(
    readable.length === 0,
    `differences that are left: ${readable.length}, and ${left.length - readable.length} issues that nobody may read`,
  )
  for (const name of readable.slice(0, 5)) console.log(`       ${name}`)
  check(rest.asked.writes === 0, `second run: ${rest.asked.writes} changes in Tracker`)
  const written = changed(repaired, await snapshot(scene))
  check(written.length === 0, `it changed: ${written.join(', ') || 'nothing'}`)

  await scene.tracker.ask('PUT', '/sandbox/settings', { unreadable: {} })
  const killed = await runKilled(scene, dryRun, [0.2, 0.5, 0.8])
  check(
    killed.code === 0,
    `killed ${killed.kills} times and resumed: exit code ${killed.code} ${killed.code === 2 ? killed.errors : ''}`,
  )
  check(killed.kills === 3 && killed.asked.again <= 50 * killed.kills, `issues asked again: ${killed.asked.again}`)
  checkRate('killed', killed.asked)
} finally {
  await scene.close()
}
console.log(faults === 0 ? 'both sides agree' : `faults: ${faults}`)
process.exitCode = faults === 0 ? 0 : 1
