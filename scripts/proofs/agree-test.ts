// Operations from both sides on two servers, while Tracker and its calls fail by chance and servers and database are killed; then
// quiet, then one reconciliation: both sides must be equal, nothing acknowledged lost, nothing doubled, and a second run must
// write nothing. Links that only our side changed must be alike before the reconciliation: that is what the mirror promises. Two
// controls must be caught: without the mirror, and without the look before a repeat.
// Usage: npm run test:agree [-- OPERATIONS --seed 12 --moves 0.01 --only main|controls], 20,000 operations by default.
import { parseArgs } from 'node:util'
import type { Wrong } from './agree/judge.ts'
import { type Options, proveAgreement } from './agree/prove.ts'

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string' }, moves: { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
})
const operations = Number(positionals[0] ?? 20_000)
const seed = Number(values.seed ?? 12)
const controlOperations = Math.min(operations, 2_000)

const whole: Options = {
  seed,
  operations,
  issues: 200,
  keys: 20,
  moves: Number(values.moves ?? 0.01),
  kills: Math.max(2, Math.round(operations / 1_000)),
  reconcile: true,
}
const show = (title: string, list: readonly (Wrong | string)[]) => {
  console.log(`${title}: ${list.length}`)
  for (const line of list.slice(0, 10)) console.log(`  ${typeof line === 'string' ? line : line.told}`)
}
const ofMirror = (list: readonly Wrong[]) => list.filter(({ link }) => link.owner === 'here')

let faults = 0
if (values.only !== 'controls') {
  const { done, kills, seconds, quietAfter, mirrored, reconciled } = await proveAgreement(whole)
  console.log(`seed ${seed}; operations: ${operations} in ${seconds.toFixed(0)} s`)
  console.log(
    `here: ${done.api} by the API, ${done.cli} by commands, ${done.repeated} tries repeated; in Tracker: ${done.linked} added, ${done.unlinked} removed, ${done.moved} issues moved, ${done.triggers} triggers`,
  )
  console.log(
    `kills: ${kills.replica} of servers, ${kills.database} of the database; quiet after ${quietAfter.toFixed(0)} s`,
  )
  const broken = [...ofMirror(mirrored.different), ...ofMirror(mirrored.lost)]
  show('before the reconciliation, links of our side that are not alike', broken)
  show('before it, links of our side that Tracker has twice', ofMirror(mirrored.doubled))
  console.log(`before it, all links that differ: ${mirrored.different.length}`)
  faults += broken.length + ofMirror(mirrored.doubled).length
  if (reconciled) {
    const { first, verdict, second, isSame } = reconciled
    console.log(`reconciliation: exit code ${first.code}; ${first.events} changes here, ${first.writes} in Tracker`)
    if (first.code !== 0)
      console.log(
        first.errors
          .split('\n')
          .filter(line => !/^ *\d+ %:/.test(line))
          .join('\n'),
      )
    show('after it, links that differ', verdict.different)
    show('lost', verdict.lost)
    show('doubled', verdict.doubled)
    show('of issues that nobody made', verdict.strange)
    console.log(`second run: exit code ${second.code}; ${second.events} changes here, ${second.writes} in Tracker`)
    faults += verdict.different.length + verdict.lost.length + verdict.doubled.length + verdict.strange.length
    faults += second.events + second.writes + (isSame && first.code === 0 && second.code === 0 ? 0 : 1)
  }
}
if (values.only !== 'main') {
  const control: Options = { ...whole, operations: controlOperations, issues: 50, moves: 0, kills: 4, reconcile: false }
  const still = await proveAgreement({ ...control, mirror: false })
  const unsent = [...ofMirror(still.mirrored.different), ...ofMirror(still.mirrored.lost)].length
  console.log(`control without the mirror: ${unsent} links of our side are not alike`)
  const blind = await proveAgreement({ ...control, look: false })
  const doubled = ofMirror(blind.mirrored.doubled).length
  console.log(`control without the look before a repeat: Tracker has ${doubled} links of our side twice`)
  if (unsent === 0 || doubled === 0) faults++
}
console.log(faults === 0 ? 'both sides agree' : `faults: ${faults}`)
process.exitCode = faults === 0 ? 0 : 1
