import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type Background, openBackground } from './background.ts'
import type { Config, Retention } from './config/schema.ts'
import { standardDrain } from './config/settings.ts'
import { type Ground, openGeneration } from './generation.ts'
import type { Cards } from './linked-objects/cards/open-cards.ts'
import type { openObjectSources } from './linked-objects/sources/open-object-sources.ts'
import { createChangeFeed } from './links/change-feed.ts'
import type { Links } from './links/links.ts'
import type { Logger } from './logging/logger.ts'
import type { Reloaded } from './management-api/reload.ts'
import { type ManagementTurns, managementTurns } from './management-api/turns.ts'
import { createCallCounts } from './metrics/call-counts.ts'
import { measureLoad } from './overload/front.ts'
import { pacerOfRefusals } from './overload/slow-refusals.ts'
import { createTally, type Tally } from './overload/tally.ts'
import { closeCallRecorder, openCallRecorder } from './request-log/call-recorder.ts'
import { closeProbes, lookAgain, openProbes, type Probes, useProbes } from './request-log/probe/keep-probes.ts'
import { openScraping, type ScrapingOptions } from './scraping.ts'
import { closeApps, closeGenerations, listenerOfAll, type NextConfig, reload, startServing } from './serving.ts'
import type { Reason } from './storage/database/connection/database-reason.ts'
import { idempotentAnswers } from './storage/keys/idempotent-answers.ts'
import { linkChanger } from './storage/links/link-changes.ts'
import { linkFeed } from './storage/links/link-feed.ts'
import { renamedLinkRemover } from './storage/objects/remove-renamed.ts'
import type { Storage } from './storage/open-storage.ts'
import type { Traces } from './traces/open-traces.ts'

const stoppingReason: Reason = {
  code: 'stopping',
  message: 'The server is stopping: it answers the last calls.',
  hint: 'Nothing, if somebody stopped it; otherwise see its log for who did (a signal), and start it again.',
}

export type ServerOptions = {
  /** Checked: its URL templates are well-formed and do not overlap. */
  config: Config
  /** The file that it came from; undefined for the built-in sample. */
  source?: string | undefined
  log: Logger
  /** Names under which the listener for operators answers, beside localhost and IP addresses. */
  adminHosts?: readonly string[]
  /** Opens the database. The server closes it. */
  openStorage: () => Promise<Storage>
  /** Reads the configuration anew for a reload. Throws ConfigFaults. Without it nothing can be reloaded. */
  readAgain?: () => NextConfig
  /** Milliseconds of a clock that never jumps. */
  clock?: { now: () => number }
  /** Tests play object sources. */
  sources?: typeof openObjectSources
  /** Traces calls and questions to sources; closed by whoever opened it. */
  traces?: Traces | undefined
  /** Tests and proofs show what happens without them. */
  turns?: ManagementTurns
  /** A proof shows what they cost. */
  metrics?: boolean
}

export type Server = {
  /** For Tracker's calls. Neither of the two listens yet. */
  publicApp: FastifyInstance
  /** For operators and applications. */
  adminApp: FastifyInstance
  storage: Storage
  links: Links
  cards: Cards
  /** What the owner should know of the configuration, in sentences. */
  notices: readonly string[]
  /**
   * Reads the configuration anew and serves it from the next call on; calls in flight end with the former. If anything is
   * wrong with it, nothing changes: throws ConfigFaults, or Problem `nothing-to-reload`.
   */
  reload: () => Promise<Reloaded>
  /**
   * Not ready from now on, but still answering for so many seconds: a balancer in front needs them to notice. Each answer
   * closes its connection. If no number is given, they are as many as usual if anybody asked for the health lately, and none
   * otherwise.
   */
  drain: (seconds?: number) => Promise<void>
  /** Answers the calls in flight, then closes all parts, the last opened first. */
  close: () => Promise<void>
}

/** Milliseconds after a question for the health in which others are expected. */
const watchedFor = 60_000

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
  const { config, log, clock = performance, turns = managementTurns() } = options
  const storage = parts.adopt(await options.openStorage(), storage => storage.close())
  const { prisma, management } = storage
  const { readiness, drain } = watchHealth(storage, { log, clock })
  const limits = openLimits(log, clock)
  const retention = () => serving.generation.config.retention
  const background = parts.adopt(openBackground(config, { management, log }), ({ close }) => close())
  const recorder = parts.adopt(openRecorder(management, limits.tally, retention), closeCallRecorder)
  const probes = parts.adopt(startProbes(management, log, config), closeProbes)
  const ground: Ground = {
    log,
    ...openMetrics(parts, options, { storage, clock, load: limits.load, served: () => serving.generation }),
    recorder,
    probes,
    ...limits,
    prisma,
    management,
    turns,
    ...openLinks(storage, background),
    idempotentAnswers: idempotentAnswers(management, () => retention().idempotentAnswerHours),
    readiness,
    reload: () => reload(serving),
    background,
    place: placeOf(storage, options),
    adminHosts: options.adminHosts ?? [],
    clock,
    sources: options.sources,
    traces: options.traces,
  }
  const first = await openGeneration(config, ground)
  const serving = startServing(first, ground, { readAgain: options.readAgain, isClosing: () => parts.disposed })
  parts.defer(() => closeGenerations(serving))
  storage.watchObjects({ ...listenerOfAll(serving), commandDone: () => hearCommand(ground) })
  storage.keepOnly(retention)
  parts.defer(() => closeApps(serving, first))

  return {
    publicApp: first.publicApp,
    adminApp: first.adminApp,
    storage,
    get links() {
      return serving.generation.links
    },
    get cards() {
      return serving.generation.cards
    },
    get notices() {
      return serving.generation.notices
    },
    reload: ground.reload,
    drain: seconds => {
      serving.publicSide.giveLastAnswers()
      serving.adminSide.giveLastAnswers()
      return drain(seconds)
    },
    close: () => parts.disposeAsync(),
  }
}

const placeOf = ({ description, dataDirectory }: Storage, { source }: ServerOptions): Ground['place'] => ({
  database: description,
  dataDirectory,
  configuration: source,
})

const openLinks = ({ prisma, management }: Storage, background: Background) => ({
  changeLinks: linkChanger(prisma),
  removeRenamed: renamedLinkRemover(prisma),
  changeLinksInTurn: andTell(linkChanger(management), background),
  feed: createChangeFeed(linkFeed(management)),
})

/** What a command may have changed: links that the mirror sends, or a probe. */
function hearCommand({ background, probes }: Ground): void {
  background.linksChanged()
  lookAgain(probes)
}

/** Tracker learns at once of what others change; otherwise within a second. */
const andTell =
  (change: Links['change'], { linksChanged }: Background): Links['change'] =>
  async wish => {
    const links = await change(wish)
    linksChanged()
    return links
  }
const openRecorder = (database: Storage['management'], tally: Tally, retention: () => Retention) =>
  openCallRecorder({ database, tally, most: () => retention().callRecords })

/** What calls count, and what a scrape says of that and of the parts of the server. */
function openMetrics(
  parts: AsyncDisposableStack,
  { metrics = true }: ServerOptions,
  scraped: Omit<ScrapingOptions, 'counts'>,
): Pick<Ground, 'counts' | 'scrape'> {
  if (!metrics) return { counts: undefined, scrape: undefined }
  const counts = createCallCounts()
  const { scrape } = parts.adopt(openScraping({ ...scraped, counts }), ({ close }) => close())
  return { counts, scrape }
}

function startProbes(database: Storage['management'], log: Logger, { applications }: Config): Probes {
  const probes = openProbes({ database, log })
  useProbes(probes, applications)
  return probes
}

/** What a server limits, and counts instead of logging it each time. */
function openLimits(log: Logger, clock: { now: () => number }): Pick<Ground, 'load' | 'tally' | 'paceRefusal'> {
  const tally = createTally(log)
  const now = () => clock.now()
  return { tally, load: measureLoad(now), paceRefusal: pacerOfRefusals(tally, now) }
}

/** Whether the server is ready, and its drain, which depends on who asked for that. */
function watchHealth(storage: Storage, { log, clock }: { log: Logger; clock: { now: () => number } }) {
  const health = { isStopping: false, askedAt: -Infinity }
  const readiness: Storage['readiness'] = async () => {
    health.askedAt = clock.now()
    return health.isStopping ? { ready: false, reason: stoppingReason } : await storage.readiness()
  }
  const drain: Server['drain'] = async seconds => {
    health.isStopping = true
    const isWatched = clock.now() - health.askedAt < watchedFor
    const drainSeconds = seconds ?? (isWatched ? standardDrain : 0)
    log.info({ drainSeconds }, 'not ready from now on')
    await sleep(drainSeconds * 1_000)
  }
  return { readiness, drain }
}
