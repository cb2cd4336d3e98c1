import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutation } from './mutation.ts'

/** What was found of a mutant that no test kills, and why none can: `code` is its line, so that the number may change. */
export type Verdict = { file: string; code: string; change: string; why: string }

export const verdictsPath = 'scripts/proofs/mutants/verdicts.json'

export const readVerdicts = (root: string): Verdict[] =>
  JSON.parse(readFileSync(join(root, verdictsPath), 'utf8')) as Verdict[]

export const isAbout = (verdict: Verdict, { file, code, change }: Mutation) =>
  verdict.file === file && verdict.code === code && verdict.change === change
