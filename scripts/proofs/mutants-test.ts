// Puts small faults (mutants) into the code, one at a time in a copy of the tree, and looks whether a test fails. Exit code 1 if
// fewer than 90 % of the mutants of a folder are killed. Usage: npm run test:mutants [-- OPTIONS], see `usage`
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { filesBelow } from '../structure/imports.ts'
import { judge } from './mutants/judge.ts'
import { type Mutation, mutationsOf } from './mutants/mutation.ts'
import { randomNumbers, sampleOf } from './mutants/sample.ts'
import { isAbout, readVerdicts, verdictsPath } from './mutants/verdicts.ts'

const usage = `Usage: npm run test:mutants -- [OPTIONS]
  --folder PATH  a folder or file below src, such as storage/links; may be repeated (default: what a server consists of)
  --sample N     mutants of each folder (default 16)
  --seed N       another sample (default 1)
  --tests N      tests at most that are tried on a mutant, the nearest first (default 25)
  --jobs N       copies of the tree in which tests run (default: processors, at most 4)
  --list         only show the sample`

/** What a running server consists of; `.` stands for the files beside the folders. */
const serverFolders =
  'tracker-calls management-api links linked-objects storage reconciliation tracker-client outgoing overload request-log metrics web registration tracker-contract values config logging errors .'.split(
    ' ',
  )
const leastKilled = 0.9

const root = join(import.meta.dirname, '../..')
const options = readOptions()
const texts = new Map<string, string>()
const textOf = (file: string): string => {
  const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8')
  texts.set(file, text)
  return text
}

const verdicts = readVerdicts(root)
const sources = filesBelow(root, ['src'])
const everything = new Map(sources.map(file => [file, mutationsOf(file, textOf(file))]))
const samples = new Map(options.folders.map(folder => [folder, sampleFor(folder)]))
const chosen = [...samples.values()].flat()
if (options.list) {
  for (const mutation of chosen) console.log(tell(mutation))
  process.exit()
}

const began = performance.now()
console.log(`${chosen.length} mutants, seed ${options.seed}. Tests run without a fault first, once for all later runs.`)
let done = 0
const { outcomes, doubtful, broken } = await judge(chosen, {
  root,
  jobs: options.jobs,
  most: options.tests,
  tell: ({ mutation, killer, tried }) => {
    const what = killer ? `killed by ${killer}` : `SURVIVED ${tried} tests`
    console.log(`${++done}/${chosen.length} ${tell(mutation)}: ${what}`)
  },
})
report()

function readOptions() {
  const number = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      options: {
        folder: { type: 'string', multiple: true, default: serverFolders },
        list: { type: 'boolean', default: false },
        sample: { ...number, default: '16' },
        seed: { ...number, default: '1' },
        tests: { ...number, default: '25' },
        jobs: { ...number, default: String(Math.min(4, availableParallelism())) },
      },
    })
    const [sample, seed, tests, jobs] = [values.sample, values.seed, values.tests, values.jobs].map(Number)
    const numbers = { sample: sample ?? 0, seed: seed ?? 0, tests: tests ?? 0, jobs: jobs ?? 0 }
    for (const [name, value] of Object.entries(numbers))
      if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a number from 1 on`)
    return { ...numbers, folders: values.folder.map(folder => folder.replace(/^src\//, '')), list: values.list }
  } catch (error) {
    return refuse((error as Error).message)
  }
}

function refuse(why: string): never {
  console.error(`${why}\n${usage}`)
  process.exit(2)
}

/** The sample of a folder, without the mutants that have a verdict. */
function sampleFor(folder: string): Mutation[] {
  const isIn = (file: string) =>
    folder === '.' ? file.split('/').length === 2 : `${file}/`.startsWith(`src/${folder.replace(/\/$/, '')}/`)
  const files = sources.filter(isIn)
  if (files.length === 0) refuse(`There is no src/${folder}.`)
  const mutations = files.flatMap(file => everything.get(file) ?? [])
  const open = mutations.filter(mutation => !verdicts.some(verdict => isAbout(verdict, mutation)))
  return sampleOf(open, { count: options.sample, random: randomNumbers(options.seed), textOf })
}

function tell({ file, line, change }: Mutation): string {
  return `${file}:${line} ${change}`
}

function report(): void {
  const survivors = outcomes.filter(({ killer }) => killer === undefined)
  const poor: string[] = []
  console.log('\nKilled of each folder:')
  for (const [folder, sample] of samples) {
    const alive = survivors.filter(({ mutation }) => sample.includes(mutation)).length
    const part = (sample.length - alive) / sample.length
    if (part < leastKilled) poor.push(folder)
    console.log(`  ${folder.padEnd(18)} ${sample.length - alive}/${sample.length}  ${Math.floor(part * 100)} %`)
  }
  if (survivors.length > 0) console.log('\nSurvivors, each of which needs a test, or a verdict:')
  for (const { mutation, tried } of survivors) console.log(`  ${tell(mutation)} (${tried} tests)\n    ${mutation.code}`)
  const all = [...everything.values()].flat()
  const stale = verdicts.filter(verdict => !all.some(mutation => isAbout(verdict, mutation)))
  for (const { file, change } of stale)
    console.log(`${verdictsPath} has a verdict on what is no more: ${file} ${change}`)
  for (const test of broken) console.log(`${test} fails without a fault, too, and was left out.`)
  for (const test of doubtful) console.log(`${test} failed without a fault at the end: what it killed is not proved.`)
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  const isGood = poor.length + stale.length + broken.length + doubtful.length === 0
  const rate = `${outcomes.length - survivors.length} of ${outcomes.length} mutants were killed, in ${minutes} minutes`
  console.log(
    isGood ? `\nPASSED: ${rate}.` : `\nFAILED: ${rate}${poor.length > 0 ? `; too few in ${poor.join(', ')}` : ''}.`,
  )
  process.exitCode = isGood ? 0 : 1
}
