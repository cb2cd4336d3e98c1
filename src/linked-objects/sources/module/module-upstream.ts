import { readAtMost } from '../../../config/read-at-most.ts'
import type { ObjectSourceConfig } from '../../../config/schema.ts'
import { SourceFailure } from '../../object-source.ts'
import { askProcess, ProcessEnded } from '../../processes/asked-process.ts'
import { closePool, createProcessPool, type ProcessPool, useProcess } from '../../processes/process-pool.ts'
import { readJson } from '../read-json.ts'
import { type SourceLook, totalMs, type Upstream } from '../upstream.ts'
import { missingVariables, moduleEnvironment } from './module-environment.ts'
import type { ModuleAnswer, ModuleQuestion } from './module-program.ts'
import { formatPlace, tellPlace } from './tell-place.ts'

type ModuleConfig = Extract<ObjectSourceConfig, { source: 'module' }>

/** Compiled along with this file, so with the same extension. */
const program = import.meta.filename.replace(/module-upstream(\.[jt]s)$/, 'module-program$1')

/** At most four processes, each with 128 MB for its objects; one that is idle for 30 s ends. */
const modulePool = (env: Record<string, string>): ProcessPool =>
  createProcessPool({
    program: { file: program, megabytes: 128, env, mayPrint: true },
    most: 4,
    mostEach: 4,
    idleMs: 30_000,
    kept: 0,
  })

/**
 * A function that the owner wrote, in processes of its own: whatever it does, it ends no more than its process and one question.
 * A thread would not do: one that runs out of memory ends the whole process (docs/decisions/object-sources.md).
 */
export function openModuleUpstream({ file, env: own }: ModuleConfig): Upstream {
  const env = moduleEnvironment(own)
  const environment = Object.keys(env).toSorted()
  const pool = modulePool(env)
  return {
    async ask(key, { signal, tell }) {
      const start = performance.now()
      const within = AbortSignal.any([signal, AbortSignal.timeout(totalMs)])
      try {
        const json = await askModule(pool, { file, key, milliseconds: totalMs }, within)
        return json === undefined ? undefined : readJson(json)
      } finally {
        tell?.({ step: 'module', file, environment, milliseconds: performance.now() - start })
      }
    },
    async close() {
      closePool(pool)
    },
  }
}

/** Looks whether a module can be loaded and has a function, which is not called; and for variables that it is not given. */
export async function lookAtModule(applicationId: string, { file, env }: ModuleConfig): Promise<SourceLook> {
  const pool = modulePool(moduleEnvironment(env))
  try {
    await askModule(pool, { file, milliseconds: totalMs }, AbortSignal.timeout(totalMs))
    return { faults: [], warnings: warningsOf(applicationId, file, env) }
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error
    const hint = 'Correct the module; `objects preview` shows what it answers.'
    return { faults: [{ field: 'file', rule: error.message, hint }], warnings: warningsOf(applicationId, file, env) }
  } finally {
    closePool(pool)
  }
}

/** Of the first MB of the file itself; what it imports is not read. */
const warningsOf = (applicationId: string, file: string, env: ModuleConfig['env']): string[] =>
  missingVariables(readAtMost(file, 1024 * 1024).toString(), env).map(
    name =>
      `the module of ${applicationId} reads the variable ${name}, but is not given it: add it to \`env\` of the source, ` +
      `such as \`${name}: $\{${name}}\``,
  )

/** The JSON that a module answers. Throws SourceFailure. */
async function askModule(pool: ProcessPool, question: ModuleQuestion, within: AbortSignal) {
  try {
    const outcome = await useProcess(pool, question.file, within, process =>
      askProcess<ModuleAnswer>(process, question, within),
    )
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
