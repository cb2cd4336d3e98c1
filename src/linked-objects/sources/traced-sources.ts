import type { Application } from '../../config/schema.ts'
import { type Logger, logsKeys } from '../../logging/logger.ts'
import type { Traces } from '../../traces/open-traces.ts'
import { type ObjectSource, sourceFailure } from '../object-source.ts'
import type { OpenObjectSources } from './open-object-sources.ts'

/** Opens sources whose every question has a span, below that of the call that asked first. */
export const traceSources =
  (traces: Traces, open: OpenObjectSources): OpenObjectSources =>
  async (config, log) => {
    const opened = await open(config, log)
    const applications = new Map(config.applications.map(application => [application.id, application]))
    const sources = Array.from(opened.sources, ([id, source]) => {
      const traced: ObjectSource = { ...source, find: tracedQuestion(source, applications.get(id), traces, log) }
      return [id, traced] as const
    })
    return { ...opened, sources: new Map(sources) }
  }

function tracedQuestion(
  source: ObjectSource,
  application: Application | undefined,
  traces: Traces,
  log: Logger,
): ObjectSource['find'] {
  const about = { 'tracker_links.application': application?.id, 'tracker_links.source': application?.objects.source }
  const withKeys = logsKeys(log)
  return (key, signal) =>
    traces.inSpan(
      'ask source',
      withKeys ? { ...about, 'tracker_links.remote_key': key } : about,
      () => source.find(key, signal),
      outcome => {
        if ('value' in outcome) return { 'tracker_links.found': outcome.value !== undefined }
        const { reason, isResting } = sourceFailure(outcome.error)
        return { 'error.type': reason, 'tracker_links.left_alone': isResting }
      },
    )
}
