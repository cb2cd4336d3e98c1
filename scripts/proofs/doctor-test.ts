// Eighteen things that go wrong with a card, a link or the server, each done to a real one: the first line of `tracker-links doctor`
// must name each, the second say what to do, nothing may be written, and no secret be shown. Before, when nothing is broken, it must
// say OK and nothing else. Usage: npm run test:doctor [-- --only 'source down' --broken-only --transcript], as root (it mounts small disks).
import { parseArgs } from 'node:util'
import { findings } from '../../src/checks/doctor/catalogue.ts'
import { openCluster } from './doctor/cluster.ts'
import { faultsOf, faultsOfJson, faultsOfWell, type Look, look } from './doctor/look.ts'
import { openScene } from './doctor/scene.ts'
import { type SetUp, setUps } from './doctor/set-ups.ts'

const { values } = parseArgs({
  options: { only: { type: 'string' }, transcript: { type: 'boolean' }, 'broken-only': { type: 'boolean' } },
})
const chosen = setUps.filter(({ name }) => values.only === undefined || name.includes(values.only))
const shared = await openCluster()
const seconds: number[] = []
let passed = 0
let failed = 0

for (const setUp of chosen) await prove(setUp)
await shared.close()

const sorted = seconds.toSorted((one, other) => one - other)
if (sorted.length > 0)
  console.log(`\nseconds: ${sorted[sorted.length >> 1]?.toFixed(2)} as a rule, ${sorted.at(-1)?.toFixed(2)} at most`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function prove(setUp: SetUp): Promise<void> {
  const { name, code, source = 'store', hasOwnCluster = false, isUnrecorded = false } = setUp
  const cluster = hasOwnCluster ? await openCluster({ megabytes: 200 }) : shared
  const scene = await openScene(cluster, { source })
  try {
    const report = ['--issue', 'TEST-7', '--object', 'D-1']
    const before = await scene.tracker.open('TEST-7')
    await scene.recorded()
    if (!values['broken-only']) {
      const well = await look(scene, report)
      tell(`${name}, before`, well, faultsOfWell(well))
    }
    await setUp.break(scene, cluster)
    const { tracker } = scene
    const after = await (setUp.call === 'link' ? tracker.link('TEST-6', 'D-'.padEnd(255, '.')) : tracker.open('TEST-7'))
    if (!isUnrecorded) await scene.recorded()
    const isBroken = before === '200' && after === setUp.answered
    if (!isBroken) console.log(`FAILED  ${name}: Tracker's call was answered ${before}, then ${after}`)
    if (!isBroken) failed++
    if (values['broken-only']) return
    const isReadable = code !== 'TLK-S03'
    const words = setUp.asks ?? report
    const broken = await look(scene, words, isReadable)
    const exitCode = findings[code].severity === 'must' ? 1 : 0
    tell(name, broken, [...faultsOf(broken, code, exitCode), ...(await faultsOfJson(scene, words, code))])
  } finally {
    await scene.close()
    if (hasOwnCluster) await cluster.close()
  }
}

function tell(name: string, { line, out, seconds: took, faults }: Look, more: readonly string[]): void {
  const all = [...faults, ...more]
  seconds.push(took)
  if (all.length === 0) passed++
  else failed++
  console.log(`${all.length === 0 ? 'ok    ' : 'FAILED'}  ${name} (${took.toFixed(1)} s): ${line}`)
  for (const fault of all) console.log(`        ${fault}`)
  if (values.transcript) console.log(out.replaceAll(/^/gm, '        | '))
}
