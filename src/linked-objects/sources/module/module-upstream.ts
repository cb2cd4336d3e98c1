import type { ObjectSourceConfig } from '../../../config/schema.ts'
import { SourceFailure } from '../../object-source.ts'
import { readJson } from '../read-json.ts'
import { totalMs, type Upstream } from '../upstream.ts'
import type { ModuleAnswer } from './answer-questions.ts'
import { askProcess, ProcessEnded } from './module-process.ts'
import { closePool, createProcessPool, useProcess } from './process-pool.ts'

type ModuleConfig = Extract<ObjectSourceConfig, { source: 'module' }>

/**
 * A function that the owner wrote, in processes of its own: whatever it does, it ends no more than its process and one question.
 * A thread would not do: one that runs out of memory ends the whole process (docs/decisions/object-sources.md).
 */
export function openModuleUpstream({ file }: ModuleConfig): Upstream {
  const pool = createProcessPool()

  async function run(key: string, within: AbortSignal): Promise<ModuleAnswer> {
    try {
      return await useProcess(pool, within, process =>
        askProcess(process, { file, key, milliseconds: totalMs }, within),
      )
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error
      if (within.aborted) throw new SourceFailure('slow', 'the module did not answer in time; its process was ended')
      throw new SourceFailure('failed', `the module ended its process (${error.message})`)
    }
  }

  return {
    async ask(key, { signal, tell }) {
      const start = performance.now()
      const outcome = await run(key, AbortSignal.any([signal, AbortSignal.timeout(totalMs)]))
      tell?.({ step: 'module', file, milliseconds: performance.now() - start })
      if ('fault' in outcome) throw new SourceFailure('failed', `the module failed: ${outcome.fault}`)
      return outcome.json === undefined ? undefined : readJson(outcome.json)
    },
    async close() {
      closePool(pool)
    },
  }
}
