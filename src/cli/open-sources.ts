import type { Application, Config } from '../config/schema.ts'
import { createCardCache } from '../linked-objects/cards/card-cache.ts'
import { type Cards, openCards } from '../linked-objects/cards/open-cards.ts'
import type { ObjectSource } from '../linked-objects/object-source.ts'
import type { Logger } from '../logging/logger.ts'
import type { Storage } from '../storage/database/opening/open-storage.ts'
import { fetchedCards } from '../storage/objects/fetched-cards.ts'
import { objectStore } from '../storage/objects/object-store.ts'
import type { ObjectInfo } from '../tracker-contract/object-info.ts'
import type { CliContext } from './command.ts'
import { type Program, quietLog } from './open-program.ts'

export type Sources = {
  /** By application id, of those whose objects are not in the store. */
  sources: ReadonlyMap<string, ObjectSource>
  /** What the rules of an application make of a card of the store. */
  rulesOf: (application: Application) => (info: ObjectInfo) => ObjectInfo
  close: () => Promise<void>
}

/** Opens the sources of a configuration, and reads its rules. What a configuration does not need is not loaded. */
export async function openSources({ applications, publicUrl }: Config, log: Logger): Promise<Sources> {
  const sources = new Map<string, ObjectSource>()
  if (applications.some(({ objects }) => objects.source !== 'store')) {
    const { openObjectSource } = await import('../linked-objects/sources/open-object-source.ts')
    for (const application of applications) {
      const source = openObjectSource(application, { log, publicUrl })
      if (source) sources.set(application.id, source)
    }
  }
  const rules = applications.some(hasRules) ? await import('../linked-objects/mapping/card-rules.ts') : undefined
  return {
    sources,
    rulesOf: application => rules?.createCardRules(application, publicUrl) ?? (info => info),
    close: async () => {
      await Promise.allSettled([...sources.values()].map(source => source.close()))
    },
  }
}

/** The cards of some applications as a server has them, for the time of one command. */
export async function withCards<T>(
  { config }: Program,
  { context, storage, applications }: { context: CliContext; storage: Storage; applications: readonly Application[] },
  work: (cards: Cards) => Promise<T>,
): Promise<T> {
  const log = quietLog(context)
  const sources = await openSources({ ...config, applications }, log)
  const objects = objectStore(storage.prisma)
  const fetched = fetchedCards(storage.prisma)
  try {
    return await work(
      openCards({ ...sources, applications, objects, fetched, cache: createCardCache(cacheBytes), log }),
    )
  } finally {
    await sources.close()
  }
}

/** A command asks for each key once. */
const cacheBytes = 1024 * 1024

const hasRules = ({ objects }: Application) =>
  objects.source === 'store' && (objects.states !== undefined || objects.people !== undefined)
