import type { Fellows } from '../../../server.ts'
import type { Channel } from './channel.ts'
import type { PrimaryAnswers, Standing } from './words.ts'

/** Milliseconds between two words to the others that somebody asks for the health. */
const healthPause = 5_000

/** The other workers, reached by way of the primary. */
export function fellowsOf(primary: Channel<PrimaryAnswers>, standing: { now?: Standing }): Fellows {
  let toldAt = -Infinity
  return {
    reload: () => primary.ask('reload', undefined),
    scrape: () => primary.ask('scrape', undefined),
    healthAsked: () => {
      if (performance.now() - toldAt < healthPause) return
      toldAt = performance.now()
      // Without the primary this worker stops anyway.
      primary.ask('healthAsked', undefined).catch(() => {})
    },
    missing: () => missing(standing.now),
  }
}

function missing(standing: Standing | undefined) {
  if (standing === undefined || standing.ready >= standing.wanted) return undefined
  return {
    code: 'workers-missing',
    message: `${standing.ready} of ${standing.wanted} workers answer calls.`,
    hint: 'Nothing, if it is over within seconds: a worker that ended is being replaced. Otherwise see the log for why workers end or cannot start.',
  } as const
}
