import type { SpanExporter } from '@opentelemetry/sdk-trace-node'
import type { Logger } from '../logging/logger.ts'

/** Characters of a collector's reason in the log. */
const mostCharacters = 200

/**
 * An exporter that tells once when its collector takes no spans any more, and once when it takes them again, with the number of
 * those that were dropped meanwhile. OpenTelemetry itself would tell nobody.
 */
export function tellAbsence(exporter: SpanExporter, collector: string, log: Logger): SpanExporter {
  const absence = { isTold: false, dropped: 0 }
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        const code: number = result.code
        if (code !== 0) {
          absence.dropped += spans.length
          if (!absence.isTold)
            log.warn(
              { collector, because: result.error?.message.slice(0, mostCharacters) },
              'The collector of traces takes no spans; they are dropped until it does',
            )
          absence.isTold = true
        } else if (absence.isTold) {
          log.info({ collector, dropped: absence.dropped }, 'The collector of traces takes spans again')
          Object.assign(absence, { isTold: false, dropped: 0 })
        }
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}
