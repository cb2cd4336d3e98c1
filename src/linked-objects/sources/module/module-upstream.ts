import type { ObjectSourceConfig } from '../../../config/schema.ts'
import { SourceFailure } from '../../object-source.ts'
import { readJson } from '../read-json.ts'
import { totalMs, type Upstream } from '../upstream.ts'
import type { ModuleAnswer } from './answer-questions.ts'
import { ProcessEnded } from './module-process.ts'
import { createProcessPool } from './process-pool.ts'

type ModuleConfig = Extract<ObjectSourceConfig, { source: 'module' }>

/**
 * A function of the owner's, in processes of their own: whatever it does, it ends its process and one question. A thread
 * would not do: memory that runs out in one ends the whole process (docs/decisions/object-sources.md).
 */
export function openModuleUpstream({ file }: ModuleConfig): Upstream {
  const pool = createProcessPool()

  async function run(key: string, within: AbortSignal): Promise<ModuleAnswer> {
    try {
      return await pool.use(within, process => process.ask({ file, key, milliseconds: totalMs }, within))
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error
      if (within.aborted) throw new SourceFailure('away', 'the module did not answer in time; its process was ended')
      throw new SourceFailure('answer-invalid', `the module ended its process (${error.message})`)
    }
  }

  return {
    async ask(key, { signal, tell }) {
      const start = performance.now()
      const outcome = await run(key, AbortSignal.any([signal, AbortSignal.timeout(totalMs)]))
      tell?.({ step: 'module', file, milliseconds: performance.now() - start })
      if ('fault' in outcome) throw new SourceFailure('answer-invalid', `the module failed: ${outcome.fault}`)
      return outcome.json === undefined ? undefined : readJson(outcome.json)
    },
    async close() {
      pool.close()
    },
  }
}
