import type { Application, Config } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { ObjectSource } from '../object-source.ts'

export type ObjectSources = {
  /** By application id, of those whose objects are not in the store. */
  sources: ReadonlyMap<string, ObjectSource>
  /** What the rules of an application make of a card of the store. */
  rulesOf: (application: Application) => (info: ObjectInfo) => ObjectInfo
  close: () => Promise<void>
}

export type OpenObjectSources = (
  config: Pick<Config, 'applications' | 'publicUrl'>,
  log: Logger,
) => Promise<ObjectSources>

/** Opens the object sources of a configuration, and reads its rules. What a configuration does not need is not loaded. */
export const openObjectSources: OpenObjectSources = async ({ applications, publicUrl }, log) => {
  const sources = new Map<string, ObjectSource>()
  if (applications.some(({ objects }) => objects.source !== 'store')) {
    const { openObjectSource } = await import('./open-object-source.ts')
    for (const application of applications) {
      const source = openObjectSource(application, { log, publicUrl })
      if (source) sources.set(application.id, source)
    }
  }
  const rules = applications.some(hasRules) ? await import('../mapping/card-rules.ts') : undefined
  return {
    sources,
    rulesOf: application => rules?.createCardRules(application, publicUrl) ?? (info => info),
    close: async () => {
      await Promise.allSettled([...sources.values()].map(source => source.close()))
    },
  }
}

const hasRules = ({ objects }: Application) =>
  objects.source === 'store' && (objects.states !== undefined || objects.people !== undefined)
