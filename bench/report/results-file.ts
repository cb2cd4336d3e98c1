import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { join, relative } from 'node:path'
import type { Results } from '../measure/results.ts'
import { postgresVersion } from '../world/postgres.ts'

const folder = join(import.meta.dirname, '../results')

/** Writes a run to a file of its own in bench/results; returns its name. */
export function writeResults(results: Results): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `run-${results.at.replaceAll(':', '-').slice(0, 19)}.json`)
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`)
  return relative(process.cwd(), file)
}

/** Reads a run that was written before. */
export function readResults(file: string): Results {
  return JSON.parse(readFileSync(file, 'utf8')) as Results
}

/** The machine and the versions of a run. */
export function describeMachine(): Pick<Results, 'commit' | 'machine'> {
  const processors = cpus()
  const machine = {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    postgres: postgresVersion(),
    loadBefore: loadavg()[0] ?? 0,
  }
  return { commit: currentCommit(), machine }
}

/** The commit of the checkout, with a plus if files differ from it. */
function currentCommit(): string {
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', '../src') === '' ? '' : '+'}`
  } catch {
    return 'unknown'
  }
}

const git = (...words: string[]) =>
  execFileSync('git', words, { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' }).trim()
