import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Measured, openCoverage, runsLine } from './coverage.ts'
import { type Mutation, mutated } from './mutation.ts'
import { openScratches, runTest, type Scratch, writeScratch } from './scratch.ts'
import { type Candidate, findTests } from './tests-for.ts'

/** What became of a mutant: `killer` is the test that failed; without one, `tried` tests ran the place and passed. */
export type Outcome = { mutation: Mutation; killer: string | undefined; tried: number }

/** How mutants are judged: `most` tests at most that run the place, the nearest first. */
type Judging = { root: string; jobs: number; most: number; tell: (outcome: Outcome) => void }

type Work = Judging & { coverage: ReturnType<typeof openCoverage>; testsFor: ReturnType<typeof findTests> }

/**
 * Puts each fault into a copy of the tree and runs the tests there, until one fails. At the end each test that killed something
 * runs once more without a fault: `doubtful` are those that failed then too.
 */
export async function judge(
  mutations: readonly Mutation[],
  judging: Judging,
): Promise<{ outcomes: Outcome[]; doubtful: string[]; broken: string[] }> {
  const { root, jobs } = judging
  const work: Work = { ...judging, coverage: openCoverage(root), testsFor: findTests(root) }
  const { scratches, close } = openScratches(root, jobs)
  const onInterrupt = () => void close().finally(() => process.exit(130))
  process.once('SIGINT', onInterrupt)
  try {
    const outcomes: Outcome[] = []
    const broken = new Set<string>()
    const left = mutations.values()
    await eachScratch(scratches, left, async (scratch, mutation) => {
      const outcome = await judgeOne(work, scratch, mutation, broken)
      outcomes.push(outcome)
      judging.tell(outcome)
    })
    const doubtful: string[] = []
    const killers = new Set(outcomes.flatMap(({ killer }) => killer ?? []))
    await eachScratch(scratches, killers.values(), async (scratch, test) => {
      const { milliseconds } = await work.coverage.of(scratch, test)
      if (!(await runTest(scratch, test, { longest: limitFor(milliseconds) })).passed) doubtful.push(test)
    })
    return { outcomes, doubtful, broken: [...broken] }
  } finally {
    process.off('SIGINT', onInterrupt)
    await close()
  }
}

/** Takes from a list that all scratches share. Throws the first failure once none of them works any more. */
async function eachScratch<T>(
  scratches: readonly Scratch[],
  list: Iterable<T>,
  run: (scratch: Scratch, one: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  const workThrough = async (scratch: Scratch) => {
    for (const one of list) if (failures.length === 0) await run(scratch, one)
  }
  await Promise.all(scratches.map(scratch => workThrough(scratch).catch(error => failures.push(error))))
  if (failures.length > 0) throw failures[0]
}

async function judgeOne(
  { root, coverage, testsFor, most }: Work,
  scratch: Scratch,
  mutation: Mutation,
  broken: Set<string>,
): Promise<Outcome> {
  const text = readFileSync(join(root, mutation.file), 'utf8')
  let tried = 0
  for (const { test } of quickFirst(coverage, testsFor(mutation.file))) {
    if (tried === most) break
    const measured = await coverage.of(scratch, test)
    if (!measured.passed) broken.add(test)
    if (!measured.passed || !runsLine(measured, mutation, text)) continue
    tried++
    if (!(await passes(scratch, { test, measured, mutation, text }))) return { mutation, killer: test, tried }
  }
  return { mutation, killer: undefined, tried }
}

/** Of tests that are equally near, first those that were measured, the quickest first: then few have to be measured at all. */
function quickFirst(coverage: Work['coverage'], candidates: readonly Candidate[]): Candidate[] {
  const cost = ({ test }: Candidate) => coverage.known(test)?.milliseconds ?? Infinity
  const costs = new Map(candidates.map(candidate => [candidate, cost(candidate)]))
  const costOf = (candidate: Candidate) => costs.get(candidate) ?? Infinity
  return candidates.toSorted((one, other) => {
    if (one.near !== other.near) return one.near - other.near
    return costOf(one) === costOf(other) ? one.reach - other.reach : costOf(one) - costOf(other)
  })
}

async function passes(
  scratch: Scratch,
  { test, measured, mutation, text }: { test: string; measured: Measured; mutation: Mutation; text: string },
): Promise<boolean> {
  writeScratch(scratch, mutation.file, mutated(text, mutation))
  try {
    return (await runTest(scratch, test, { longest: limitFor(measured.milliseconds) })).passed
  } finally {
    writeScratch(scratch, mutation.file, text)
  }
}

/** How long a test may take: what hangs is as good as failed, what is only slower is not. */
const limitFor = (milliseconds: number) => 15_000 + 4 * milliseconds
