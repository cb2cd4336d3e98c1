import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { buildAdminApp, buildPublicApp } from './app.ts'
import type { Background } from './background.ts'
import type { Config } from './config/schema.ts'
import { openCardsOfConfig } from './linked-objects/cards/open-cards-of-config.ts'
import { openObjectSources } from './linked-objects/sources/open-object-sources.ts'
import { traceSources } from './linked-objects/sources/traced-sources.ts'
import type { ChangeFeed } from './links/change-feed.ts'
import { openMoveSearch } from './links/find-moves.ts'
import type { Links } from './links/links.ts'
import type { Logger } from './logging/logger.ts'
import type { Tally } from './logging/tally.ts'
import type { Place } from './management-api/place.ts'
import type { Reloaded } from './management-api/reload.ts'
import type { ManagementTurns } from './management-api/turns.ts'
import type { CallCounts } from './metrics/call-counts.ts'
import type { Samples } from './metrics/exposition.ts'
import type { Readings } from './metrics/scrape.ts'
import type { Load } from './overload/front.ts'
import type { RefusalPacer } from './overload/slow-refusals.ts'
import { issueFinder } from './reconciliation/find-issue.ts'
import type { CallRecorder } from './request-log/call-recorder.ts'
import type { Probes } from './request-log/probe/keep-probes.ts'
import type { IdempotentAnswers } from './storage/keys/idempotent-answers.ts'
import type { ObjectChangeListener } from './storage/objects/object-changes.ts'
import type { RemoveRenamed } from './storage/objects/remove-renamed.ts'
import type { Storage } from './storage/open-storage.ts'
import type { Traces } from './traces/open-traces.ts'
import { applicationsOf, buildAddressBook } from './tracker-calls/addresses/address-book.ts'
import { createAuthorizer } from './tracker-calls/authorization/authorize.ts'
import { authorizationNotices } from './tracker-calls/authorization/notices.ts'

/** Bytes of cards in memory: some 54,000 of usual size. */
const cardCacheBytes = 32 * 1024 * 1024

/** What every configuration is served over. */
export type Ground = {
  log: Logger
  prisma: Storage['prisma']
  management: Storage['management']
  turns: ManagementTurns
  changeLinks: Links['change']
  removeRenamed: RemoveRenamed
  /** The same for the management API, whose changes never keep those of Tracker waiting. */
  changeLinksInTurn: Links['change']
  feed: ChangeFeed
  idempotentAnswers: IdempotentAnswers
  readiness: Storage['readiness']
  load: Load
  tally: Tally
  paceRefusal: RefusalPacer
  recorder: CallRecorder
  /** Undefined: nothing is counted. */
  counts: CallCounts | undefined
  scrape: (() => Promise<Samples>) | undefined
  probes: Probes
  reload: () => Promise<Reloaded>
  background: Background
  place: Place
  /** Names under which the listener for operators answers. */
  adminHosts: readonly string[]
  trustedProxies: readonly string[]
  clock: { now: () => number }
  /** Tests play object sources. */
  sources?: typeof openObjectSources | undefined
  /** Undefined: nothing is traced. */
  traces?: Traces | undefined
}

/** All that serves one configuration, from its object sources to the two apps. A reload opens the next one beside it. */
export type Generation = {
  config: Config
  publicApp: FastifyInstance
  adminApp: FastifyInstance
  /** The application that a request is for, by its method and address alone; undefined if none answers there. */
  applicationOf: (request: IncomingMessage) => string | undefined
  links: Links
  /** Hears of changes of objects. */
  listener: ObjectChangeListener
  /** What a scrape says of the cards and their sources. */
  standing: () => Pick<Readings, 'memory' | 'breakers'>
  /** What the owner should know of the configuration, in sentences. */
  notices: readonly string[]
  /** Closes the object sources. */
  closeCards: () => Promise<void>
}

/** Opens what serves a configuration; nothing of it listens. */
export async function openGeneration(config: Config, ground: Ground): Promise<Generation> {
  const { log, prisma, management, clock, changeLinks, changeLinksInTurn, ...rest } = ground
  const { applications } = config
  const now = () => clock.now()
  const opening = {
    prisma,
    log,
    cacheBytes: cardCacheBytes,
    now,
    cardsInFlight: rest.load.cards,
    counts: rest.counts,
    sources: sourcesOf(ground),
  }
  const { cards, listener, standing, breakers, close: closeCards } = await openCardsOfConfig(config, opening)
  try {
    const { book, notices } = buildAddressBook(applications)
    const links = { change: changeLinks, unknownKeys: cards.unknownKeys }
    const common = {
      ...rest,
      log,
      clock,
      applications: new Map(applications.map(application => [application.id, application])),
      links,
      findCard: cards.findCard,
      fetchCard: cards.fetchCard,
      refreshCard: cards.refreshCard,
    }
    const authorizers = new Map(
      applications.map(({ id, authorization }) => [
        id,
        createAuthorizer(authorization, { applicationId: id, log, now }),
      ]),
    )
    const moves = openMoveSearch({ database: prisma, log, findIssueOf: issueFinder(ground.background.trackers) })
    const publicApp = await buildPublicApp({ ...common, authorizers, addresses: book, moves })
    const adminApp = await buildAdminApp({
      ...common,
      config,
      database: management,
      breakers,
      links: { ...links, change: changeLinksInTurn },
    })
    const all = [...notices, ...authorizationNotices(applications)]
    return {
      config,
      publicApp,
      adminApp,
      applicationOf: applicationsOf(book),
      links,
      listener,
      standing,
      notices: all,
      closeCards,
    }
  } catch (error) {
    await closeCards()
    throw error
  }
}

const sourcesOf = ({ traces, sources = openObjectSources }: Ground) =>
  traces === undefined ? sources : traceSources(traces, sources)
