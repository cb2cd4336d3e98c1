import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Work, works } from './load/job.ts'
import { type ProgramName, programNames } from './world/programs.ts'

export const help = `npm run bench -- [options]

  (none)             everything but growth, in about 35 minutes
  --quick            the rows that targets are set for, in about ten minutes
  --growth[=A,B]     also 10^4, 10^5 and 10^6 links and objects (or A and B), the server alone, its lists and searches, too;
                     10^7 take 13 GB of disk
  --only=A,B         only these: ${works.join(', ')},
                     latency (with a work), start-up, growth, memory (of growth's databases)
  --programs=A,B     only these: ${programNames.join(', ')}
  --from=FILE        measure nothing, show this file of bench/results; for --write-docs it may be given more than once
  --write-docs       put what was measured (or read) into docs/performance.md and its chart
  --profile          measure nothing; write a CPU profile of each program for a work (--only, else info), and print its top
  --self-test        check that the bench catches programs that lie, and finds equal ones equal

Every run writes bench/results/run-TIME.json. The exit code is 1 if a program did something wrong; a missed
target is reported, but is not a failure.`

export type Arguments = {
  quick: boolean
  /** Numbers of links; empty if growth is not asked for. */
  growth: readonly number[]
  only?: readonly string[]
  programs?: readonly ProgramName[]
  from: readonly string[]
  writeDocs: boolean
  profile: boolean
  selfTest: boolean
  help: boolean
}

const isWork = (name: string): name is Work => (works as readonly string[]).includes(name)

const sizes = [10_000, 100_000, 1_000_000]

/** Reads the command line; throws with a sentence for the user if it is wrong. */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    // Node's parser has no options whose value may be left out.
    args: words.map(word => (word === '--growth' ? `--growth=${sizes.join()}` : word)),
    options: {
      quick: { type: 'boolean', default: false },
      growth: { type: 'string' },
      only: { type: 'string' },
      programs: { type: 'string' },
      from: { type: 'string', multiple: true, default: [] },
      'write-docs': { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      'self-test': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const growth = sizesOf(values.growth)
  const only = listOf(values.only, [...works, 'latency', 'start-up', 'growth', 'memory'], '--only')
  const programs = listOf(values.programs, programNames, '--programs') as ProgramName[] | undefined
  if (values.profile && (only?.length ?? 0) > 0 && !only?.every(isWork))
    throw new Error(`--profile takes ${works.join(', ')} with --only.`)
  const missing = values.from.find(file => !existsSync(file))
  if (missing !== undefined) throw new Error(`--from: there is no file ${missing}; a run says where it wrote its own.`)
  return {
    quick: values.quick,
    growth: growth ?? (only?.some(name => name === 'growth' || name === 'memory') ? sizes : []),
    ...(only && { only }),
    ...(programs && { programs }),
    from: values.from,
    writeDocs: values['write-docs'],
    profile: values.profile,
    selfTest: values['self-test'],
    help: values.help,
  }
}

function sizesOf(text: string | undefined): number[] | undefined {
  const numbers = text?.split(',').map(Number)
  if (numbers?.some(number => !Number.isInteger(number) || number <= 0 || number % 10_000 !== 0))
    throw new Error('--growth takes numbers of links that end in 0000, such as 10000,10000000.')
  return numbers?.toSorted((one, other) => one - other)
}

function listOf(text: string | undefined, known: readonly string[], option: string): string[] | undefined {
  const names = text?.split(',')
  const unknown = names?.find(name => !known.includes(name))
  if (unknown !== undefined) throw new Error(`${option} does not know ${unknown}; it takes ${known.join(', ')}.`)
  return names
}
