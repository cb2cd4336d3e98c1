import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { buildAdminApp, buildPublicApp } from './app.ts'
import type { Config } from './config/schema.ts'
import type { Cards } from './linked-objects/cards/open-cards.ts'
import { openCardsOfConfig } from './linked-objects/cards/open-cards-of-config.ts'
import type { openObjectSources } from './linked-objects/sources/open-object-sources.ts'
import { createChangeFeed } from './links/change-feed.ts'
import type { Links } from './links/links.ts'
import type { Logger } from './logging/logger.ts'
import { idempotentAnswers } from './storage/keys/idempotent-answers.ts'
import { linkChanger } from './storage/links/link-changes.ts'
import { linkFeed } from './storage/links/link-feed.ts'
import type { Storage } from './storage/open-storage.ts'
import { buildAddressBook } from './tracker-calls/addresses/address-book.ts'
import { createAuthorizer } from './tracker-calls/authorization/authorize.ts'

/** Bytes of cards in memory: some 110,000 of usual size. */
const cardCacheBytes = 64 * 1024 * 1024

/** Milliseconds; balancers ask every second to every half a minute. */
const watchedFor = 60_000

export type ServerOptions = {
  /** Checked: its URL templates are well-formed and do not overlap. */
  config: Config
  log: Logger
  /** Opens the database. The server closes it. */
  openStorage: () => Promise<Storage>
  /** Milliseconds of a clock that never jumps. */
  clock?: { now: () => number }
  /** Tests play object sources. */
  sources?: typeof openObjectSources
}

export type Server = {
  /** For Tracker's calls. Neither of the two listens yet. */
  publicApp: FastifyInstance
  /** For operators and applications. */
  adminApp: FastifyInstance
  storage: Storage
  links: Links
  cards: Cards
  /** What the owner should know of the addresses, in sentences. */
  notices: readonly string[]
  /** Whether something asked in the last minute if it is ready, as a balancer in front does. */
  isWatched: () => boolean
  /** Not ready from now on, but still answering for so many seconds: a balancer in front needs them to notice. */
  drain: (seconds: number) => Promise<void>
  /** Answers the calls in flight, then closes all parts, the last opened first. */
  close: () => Promise<void>
}

/** Opens a server part by part. If one fails, those before it are closed again. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const parts = new AsyncDisposableStack()
  try {
    return await openParts(options, parts)
  } catch (error) {
    await parts.disposeAsync()
    throw error
  }
}

async function openParts(options: ServerOptions, parts: AsyncDisposableStack): Promise<Server> {
  const { config, log, clock = performance, sources } = options
  const { applications } = config
  const now = () => clock.now()

  const storage = parts.adopt(await options.openStorage(), storage => storage.close())
  const { prisma } = storage
  const opening = { prisma, log, cacheBytes: cardCacheBytes, now, ...(sources && { sources }) }
  const { cards, listener } = parts.adopt(await openCardsOfConfig(config, opening), cards => cards.close())
  storage.watchObjects(listener)

  const stopping = { now: false }
  const asked = { at: -Infinity }
  const { book, notices } = buildAddressBook(applications)
  const links = { change: linkChanger(prisma), unknownKeys: cards.unknownKeys }
  const common = {
    log,
    isReady: async () => {
      asked.at = now()
      return !stopping.now && (await storage.isReady())
    },
    applications: new Map(applications.map(application => [application.id, application])),
    links,
    findCard: cards.findCard,
    refreshCard: cards.refreshCard,
  }
  const authorizers = new Map(
    applications.map(({ id, authorization }) => [id, createAuthorizer(authorization, { applicationId: id, log, now })]),
  )
  const publicApp = await buildPublicApp({ ...common, authorizers, addresses: book })
  const adminApp = await buildAdminApp({
    ...common,
    database: prisma,
    idempotentAnswers: idempotentAnswers(prisma),
    feed: createChangeFeed(linkFeed(prisma)),
    clock,
  })
  // One part: both answer their last calls at the same time.
  parts.defer(async () => void (await Promise.all([publicApp.close(), adminApp.close()])))

  return {
    publicApp,
    adminApp,
    storage,
    links,
    cards,
    notices,
    isWatched: () => now() - asked.at < watchedFor,
    drain: async seconds => {
      stopping.now = true
      await sleep(seconds * 1_000)
    },
    close: () => parts.disposeAsync(),
  }
}
