import type { ObjectSourceConfig } from '../../../config/schema.ts'
import { SourceFailure } from '../../object-source.ts'
import { readJson } from '../read-json.ts'
import { type SourceLook, totalMs, type Upstream } from '../upstream.ts'
import type { ModuleQuestion } from './answer-questions.ts'
import { askProcess, ProcessEnded } from './module-process.ts'
import { closePool, createProcessPool, type ProcessPool, useProcess } from './process-pool.ts'
import { formatPlace, tellPlace } from './tell-place.ts'

type ModuleConfig = Extract<ObjectSourceConfig, { source: 'module' }>

/**
 * A function that the owner wrote, in processes of its own: whatever it does, it ends no more than its process and one question.
 * A thread would not do: one that runs out of memory ends the whole process (docs/decisions/object-sources.md).
 */
export function openModuleUpstream({ file }: ModuleConfig): Upstream {
  const pool = createProcessPool()
  return {
    async ask(key, { signal, tell }) {
      const start = performance.now()
      const within = AbortSignal.any([signal, AbortSignal.timeout(totalMs)])
      try {
        const json = await askModule(pool, { file, key, milliseconds: totalMs }, within)
        return json === undefined ? undefined : readJson(json)
      } finally {
        tell?.({ step: 'module', file, milliseconds: performance.now() - start })
      }
    },
    async close() {
      closePool(pool)
    },
  }
}

/** Looks whether a module can be loaded and has a function; the function is not called. */
export async function lookAtModule({ file }: ModuleConfig): Promise<SourceLook> {
  const pool = createProcessPool()
  try {
    await askModule(pool, { file, milliseconds: totalMs }, AbortSignal.timeout(totalMs))
    return { faults: [], warnings: [] }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error
    const hint = 'Correct the module; `objects preview` shows what it answers.'
    return { faults: [{ field: 'file', rule: error.message, hint }], warnings: [] }
  } finally {
    closePool(pool)
  }
}

/** The JSON that a module answers. Throws SourceFailure. */
async function askModule(pool: ProcessPool, question: ModuleQuestion, within: AbortSignal) {
  try {
    const outcome = await useProcess(pool, within, process => askProcess(process, question, within))
    if (!('fault' in outcome)) return outcome.json
    const { fault, place } = outcome
    const mark = place && formatPlace(place)
    throw new SourceFailure('failed', `the module failed: ${fault}${tellPlace(place)}`, { mark })
  } catch (error) {
    if (!(error instanceof ProcessEnded)) throw error
    if (within.aborted) throw new SourceFailure('slow', 'the module did not answer in time; its process was ended')
    throw new SourceFailure('failed', `the module ended its process (${error.message})`)
  }
}
