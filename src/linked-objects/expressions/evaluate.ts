import { SourceFailure } from '../object-source.ts'
import { type AskedProcess, askProcess, ProcessEnded } from '../processes/asked-process.ts'
import { createProcessPool, useProcess, warmPool } from '../processes/process-pool.ts'
import type { ExpressionAnswer, ExpressionQuestion } from './expression-program.ts'

const megabytes = 64
/** Of which Node itself takes some 60. */
const mostMegabytes = 192
/** Milliseconds of real time, in which a busy machine may not run the process at all; an ordinary expression takes microseconds. */
const longest = 1_000

/**
 * The processes of this server in which expressions and key patterns run. An application has one of them at a time, so that a slow one
 * leaves the other to the rest. One stays: a card cannot wait for its start.
 */
const pool = createProcessPool({
  program: {
    // Compiled along with this file, so with the same extension.
    file: import.meta.filename.replace(/evaluate(\.[jt]s)$/, 'expression-program$1'),
    megabytes,
    mostMegabytes,
    env: {},
    mayPrint: false,
  },
  most: 2,
  mostEach: 1,
  idleMs: 30_000,
  kept: 1,
})

/** Starts a process before it is asked: that takes 0.2 s. */
export const warmExpressions = (): void => warmPool(pool)

/** The value of an expression or a pattern, or what is wrong. */
export type Evaluate = (question: ExpressionQuestion) => Promise<ExpressionAnswer>

/** An expression took too long or too much, and its process is gone. */
export class Overdone extends Error {}

/**
 * Runs `work` with the way to a process of expressions. `Evaluate` throws Overdone. Throws SourceFailure if no process is free before
 * `signal` is aborted.
 */
export async function evaluating<T>(
  user: string,
  signal: AbortSignal,
  work: (evaluate: Evaluate) => Promise<T>,
): Promise<T> {
  try {
    return await useProcess(pool, user, signal, process => work(question => ask(process, question)))
  } catch (error) {
    if (!(error instanceof ProcessEnded)) throw error
    throw new SourceFailure('fault', `the process for expressions cannot be started (${error.message})`)
  }
}

async function ask(process: AskedProcess, question: ExpressionQuestion): Promise<ExpressionAnswer> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), longest)
  try {
    return await askProcess<ExpressionAnswer>(process, question, limit.signal)
  } catch (error) {
    if (!(error instanceof ProcessEnded)) throw error
    if (limit.signal.aborted) throw new Overdone(`takes more than ${longest / 1_000} s`)
    throw new Overdone(`takes more than ${megabytes} MB, or its process was ended (${error.message})`)
  } finally {
    clearTimeout(timer)
  }
}
