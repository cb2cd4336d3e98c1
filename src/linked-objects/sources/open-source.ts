import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import { createCardRules } from '../mapping/card-rules.ts'
import { type ObjectSource, SourceFailure } from '../object-source.ts'
import { openReader, openUpstream, type UpstreamConfig } from './open-upstream.ts'

type Options = {
  log: Pick<Logger, 'warn' | 'info'>
  /** Scheme, host and port, under which the built-in icons are. */
  publicUrl: string
}

/**
 * The source of an application's objects; undefined where that is the store. `find` gives cards with the application's
 * rules, and throws SourceFailure only; it is bounded in time (3 s) and number (50 at once, further ones wait), and leaves
 * a source that fails alone for a while. Throws Error where `people.file` cannot be read, which a check of the configuration
 * told before.
 */
export function openSource(application: Application, { log, publicUrl }: Options): ObjectSource | undefined {
  const { objects } = application
  if (objects.source === 'store') return undefined
  const rules = createCardRules(application, publicUrl)
  const opened = open(application.id, objects, log)
  // Whoever asks is told.
  opened.catch(() => undefined)
  return {
    async find(key, signal) {
      const { ask } = await opened.catch((error: unknown) => {
        throw new SourceFailure('answer-invalid', 'the source cannot be opened', error)
      })
      const info = await ask(key, signal)
      return info && rules(info)
    },
    async close() {
      const { upstream } = await opened
      await upstream.close()
    },
  }
}

async function open(applicationId: string, config: UpstreamConfig, log: Options['log']) {
  const { protect } = await import('./protect-upstream.ts')
  const [upstream, read] = await Promise.all([openUpstream(config), openReader(config)])
  const ask = protect(
    async (key, question) => {
      const answer = await upstream.ask(key, question)
      return answer === undefined ? undefined : await read(key, answer)
    },
    { applicationId, log },
  )
  return { upstream, ask }
}
