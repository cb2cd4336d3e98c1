import type { Application } from '../../config/schema.ts'
import type { Fault } from '../../errors/problem.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { createCardRules } from '../mapping/card-rules.ts'
import { MappingFailure, type MappingStep } from '../mapping/map-answer.ts'
import { SourceFailure, type SourceFailureReason } from '../object-source.ts'
import { lookAtSource } from './look-at-source.ts'
import { openAnswerReader, openUpstream, type UpstreamConfig } from './open-upstream.ts'
import type { Step } from './upstream.ts'

/** What happened to one question, as far as it got. */
export type Preview = {
  /** What was sent and what came back; without values of headers. */
  steps: Step[]
  /** A JSON value; left out if none came. */
  answer?: unknown
  /** How long the source took. */
  milliseconds?: number
  /** What the owner should know although it works. */
  warnings: string[]
  mapping: MappingStep[]
  /** The card before the application's rules, and as Tracker gets it. */
  mapped?: ObjectInfo
  card?: ObjectInfo
  failure?: { reason: SourceFailureReason; message: string; faults: readonly Fault[] }
}

type Options = { publicUrl: string; saved?: { answer: unknown } | undefined; signal?: AbortSignal }

/** The same as `askOnce`, and a look at the source itself, which may warn of more. */
export async function previewObject(
  application: Application,
  config: UpstreamConfig,
  key: RemoteKey,
  options: Options,
): Promise<Preview> {
  const preview = await askOnce(application, config, key, options)
  if (!options.saved) await warnOfSource(application, preview)
  return preview
}

/**
 * Asks a source for one object, once and without the circuit breaker, and records each step; a `saved` answer is mapped
 * instead of asking. What goes wrong at the source becomes `failure`. Neither `card` nor `failure`: there is no such object.
 */
export async function askOnce(
  application: Application,
  config: UpstreamConfig,
  key: RemoteKey,
  options: Options,
): Promise<Preview> {
  const preview: Preview = { steps: [], warnings: [], mapping: [] }
  try {
    await makeCard(preview, { application, config, key, ...options })
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error
    const { reason, message } = error
    preview.failure = { reason, message, faults: error instanceof MappingFailure ? error.faults : [] }
  }
  return preview
}

type Asked = Options & { application: Application; config: UpstreamConfig; key: RemoteKey }

/** Goes as far as it gets, and notes it. Throws SourceFailure. */
async function makeCard(preview: Preview, asked: Asked): Promise<void> {
  const { application, config, key, publicUrl, saved, signal = nobodyGivesUp } = asked
  const read = await openAnswerReader(application.id, config)
  const answer = saved ? saved.answer : await ask(preview, { application, config, key, signal })
  warnOfSlowness(preview, application.cards.budgetMilliseconds)
  if (answer === undefined) return
  preview.answer = answer
  const mapped = await read(key, answer, { signal, tell: step => preview.mapping.push(step) })
  if (!mapped) return
  preview.mapped = mapped
  preview.card = createCardRules(application, publicUrl)(mapped)
}

/** Also if there is no card: a query may have been too slow for want of an index, a module may lack a variable. */
async function warnOfSource(application: Application, { failure, warnings }: Preview): Promise<void> {
  if (failure?.reason === 'away') return
  warnings.push(...(await lookAtSource(application)).warnings)
}

const nobodyGivesUp = new AbortController().signal

type Question = Pick<Asked, 'application' | 'config' | 'key'> & { signal: AbortSignal }

async function ask(preview: Preview, { application, config, key, signal }: Question): Promise<unknown> {
  const upstream = await openUpstream(application.id, config)
  const start = performance.now()
  try {
    return await upstream.ask(key, { signal, tell: step => preview.steps.push(step) })
  } finally {
    preview.milliseconds = Math.round(performance.now() - start)
    await upstream.close()
  }
}

function warnOfSlowness({ milliseconds = 0, warnings }: Preview, budget: number): void {
  if (milliseconds <= budget) return
  warnings.push(
    `slower than your budget of ${budget.toLocaleString('en-US')} ms: it took ${milliseconds.toLocaleString('en-US')} ms. ` +
      'A call that cannot wait gets the last good card, or 503 source-slow: make the source faster, or raise ' +
      '`cards.budgetMilliseconds`. A first question takes longer than further ones.',
  )
}
