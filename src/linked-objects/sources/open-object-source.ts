import type { Application } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import { createCardRules } from '../mapping/card-rules.ts'
import { type ObjectSource, SourceFailure } from '../object-source.ts'
import { openAnswerReader, openUpstream, type UpstreamConfig } from './open-upstream.ts'
import type { Standing } from './protect-upstream.ts'

type Options = {
  log: Pick<Logger, 'warn' | 'info'>
  /** Scheme, host and port under which the built-in icons are served. */
  publicUrl: string
}

/**
 * The source of an application's objects; undefined if that is the store. `find` returns cards with the application's rules
 * applied, and throws SourceFailure only. A question takes 3 s at most; 50 are in flight at once, further ones wait; a source
 * that fails is left alone for a while. Throws Error if `people.file` cannot be read, which a check of the configuration
 * reports beforehand.
 */
export function openObjectSource(application: Application, { log, publicUrl }: Options): ObjectSource | undefined {
  const { objects } = application
  if (objects.source === 'store') return undefined
  const rules = createCardRules(application, publicUrl)
  const standing: Standing = {}
  const opened = openProtected(application.id, objects, { log, standing })
  // Each `find` gets the error; here it only must not end the process.
  opened.catch(() => undefined)
  return {
    async find(key, signal) {
      const { ask } = await opened.catch((error: unknown) => {
        throw new SourceFailure('failed', 'the source cannot be opened', { cause: error })
      })
      const info = await ask(key, signal)
      return info && rules(info)
    },
    breaker: () => standing.breaker ?? { state: 'closed' },
    async close() {
      const { upstream } = await opened
      await upstream.close()
    },
  }
}

/** Opens the upstream, and the way to its cards, mapped and protected. */
async function openProtected(
  applicationId: string,
  config: UpstreamConfig,
  { log, standing }: Pick<Options, 'log'> & { standing: Standing },
) {
  const { protect } = await import('./protect-upstream.ts')
  const [upstream, read] = await Promise.all([
    openUpstream(applicationId, config),
    openAnswerReader(applicationId, config),
  ])
  const ask = protect(
    async (key, question) => {
      const answer = await upstream.ask(key, question)
      return answer === undefined ? undefined : await read(key, answer, { signal: question.signal })
    },
    { applicationId, log, standing },
  )
  return { upstream, ask }
}
