import type { ObjectSourceConfig } from '../../config/schema.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { MappingStep } from '../mapping/map-answer.ts'
import type { Upstream } from './upstream.ts'

export type UpstreamConfig = Exclude<ObjectSourceConfig, { source: 'store' }>

/** Makes a card from an answer, without the application's rules. Throws SourceFailure. */
export type ReadAnswer = (
  key: RemoteKey,
  answer: unknown,
  question?: { signal?: AbortSignal; tell?: (step: MappingStep) => void },
) => Promise<ObjectInfo | undefined> | ObjectInfo | undefined

/** Opens the upstream of a source. What only one kind of source needs is loaded for that kind only. */
export async function openUpstream(applicationId: string, config: UpstreamConfig): Promise<Upstream> {
  if (config.source === 'http')
    return (await import('./http/http-upstream.ts')).createHttpUpstream(config, { applicationId })
  if (config.source === 'sql')
    return await (await import('./sql/sql-upstream.ts')).openSqlUpstream(config, applicationId)
  return (await import('./module/module-upstream.ts')).openModuleUpstream(config)
}

/** What makes cards from the answers of an upstream: the mapping; without one (a module) the answer is the card. */
export async function openAnswerReader(applicationId: string, { mapping }: UpstreamConfig): Promise<ReadAnswer> {
  if (mapping) return (await import('../mapping/map-answer.ts')).compileMapping(mapping, applicationId)
  return (await import('../mapping/answered-card.ts')).readAnsweredCard
}
