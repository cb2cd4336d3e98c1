import type { Config } from '../../config/schema.ts'
import type { Logger } from '../../logging/logger.ts'
import type { CallCounts } from '../../metrics/call-counts.ts'
import type { Readings } from '../../metrics/scrape.ts'
import type { CallsInFlight } from '../../overload/calls-in-flight.ts'
import { fetchedCards } from '../../storage/objects/fetched-cards.ts'
import { objectFinder } from '../../storage/objects/find-objects.ts'
import { aliasFinder } from '../../storage/objects/object-aliases.ts'
import type { ObjectChangeListener } from '../../storage/objects/object-changes.ts'
import type { Storage } from '../../storage/open-storage.ts'
import type { Breaker } from '../object-source.ts'
import { openObjectSources } from '../sources/open-object-sources.ts'
import { createCardCache } from './card-cache.ts'
import { type Cards, openCards } from './open-cards.ts'

export type CardsOfConfig = {
  cards: Cards
  /** Hears of changes of objects: until it does, no card in memory is sure. */
  listener: ObjectChangeListener
  /** What a scrape says of them. */
  standing: () => Pick<Readings, 'memory' | 'breakers'>
  breakers: () => Breakers
  /** Closes the object sources. */
  close: () => Promise<void>
}

/** The circuit breakers of the object sources, by application id. */
export type Breakers = ReadonlyMap<string, Breaker>

/** Opens the cards of a configuration over a database: the object sources, the rules, and a cache of so many bytes. */
export async function openCardsOfConfig(
  config: Pick<Config, 'applications' | 'publicUrl'>,
  options: {
    prisma: Storage['prisma']
    log: Logger
    cacheBytes: number
    /** Cards that are not in memory, of all configurations that are served. */
    cardsInFlight?: CallsInFlight
    counts?: CallCounts | undefined
    /** Milliseconds of a clock that never jumps. */
    now?: () => number
    /** Tests play object sources. */
    sources?: typeof openObjectSources
  },
): Promise<CardsOfConfig> {
  const {
    prisma,
    log,
    cacheBytes,
    cardsInFlight,
    counts,
    now = () => performance.now(),
    sources = openObjectSources,
  } = options
  const opened = await sources(config, log)
  const cache = createCardCache(cacheBytes, now)
  const cards = openCards({
    ...opened,
    applications: config.applications,
    database: prisma,
    findObject: objectFinder(prisma),
    findAliases: aliasFinder(prisma),
    fetched: fetchedCards(prisma),
    cache,
    ...(cardsInFlight && { cardsInFlight }),
    ...(counts && { counts }),
    log,
    now,
  })
  const breakers = (): Breakers =>
    new Map(Array.from(opened.sources, ([id, { breaker }]) => [id, breaker?.() ?? { state: 'closed' }]))
  const standing = () => ({
    memory: { cards: cache.cards.size, bytes: cache.cards.calculatedSize },
    breakers: new Map(Array.from(breakers(), ([id, { state }]) => [id, state])),
  })
  return { cards, listener: cache.listener, standing, breakers, close: opened.close }
}
