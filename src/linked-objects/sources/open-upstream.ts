import type { ObjectSourceConfig } from '../../config/schema.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { MappingStep } from '../mapping/map-answer.ts'
import type { Upstream } from './upstream.ts'

export type UpstreamConfig = Exclude<ObjectSourceConfig, { source: 'store' }>

/** Makes a card of an answer, without the rules of the application. Throws MappingFailure. */
export type ReadAnswer = (
  key: RemoteKey,
  answer: unknown,
  tell?: (step: MappingStep) => void,
) => Promise<ObjectInfo | undefined> | ObjectInfo | undefined

/** Opens whom a source asks. What only one kind of source needs is loaded for that kind. */
export async function openUpstream(config: UpstreamConfig): Promise<Upstream> {
  if (config.source === 'http') return (await import('./http/http-upstream.ts')).createHttpUpstream(config)
  if (config.source === 'sql') return await (await import('./sql-upstream.ts')).openSqlUpstream(config)
  return (await import('./module/module-upstream.ts')).openModuleUpstream(config)
}

/** What reads the answers of a source: its mapping, or for a module without one the answer is the card. */
export async function openReader({ mapping }: UpstreamConfig): Promise<ReadAnswer> {
  if (mapping) return (await import('../mapping/map-answer.ts')).compileMapping(mapping)
  return (await import('../mapping/read-card.ts')).readCard
}
