import type { Application } from '../../config/schema.ts'
import type { SourceLook } from './upstream.ts'

/**
 * Looks at the source of an application itself, which a check of the configuration alone cannot: the plan of its query, whether
 * its module can be loaded. No object is asked for. What cannot be reached is a warning.
 */
export async function lookAtSource({ id, objects }: Application): Promise<SourceLook> {
  if (objects.source === 'sql') return (await import('./sql/look-at-query.ts')).lookAtQuery(id, objects)
  if (objects.source === 'module') return (await import('./module/module-upstream.ts')).lookAtModule(id, objects)
  return { faults: [], warnings: [] }
}
