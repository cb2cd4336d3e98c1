import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { type Background, openBackground } from './background.ts'
import type { Config, Retention } from './config/schema.ts'
import { standardDrain } from './config/settings.ts'
import { type Generation, type Ground, openGeneration } from './generation.ts'
import type { openObjectSources } from './linked-objects/sources/open-object-sources.ts'
import { createChangeFeed } from './links/change-feed.ts'
import type { Links } from './links/links.ts'
import type { Logger } from './logging/logger.ts'
import { createTally, type Tally } from './logging/tally.ts'
import type { Reloaded } from './management-api/reload.ts'
import { type ManagementTurns, managementTurns } from './management-api/turns.ts'
import { createCallCounts } from './metrics/call-counts.ts'
import type { Samples } from './metrics/exposition.ts'
import { measureLoad } from './overload/front.ts'
import { pacerOfRefusals } from './overload/slow-refusals.ts'
import { closeCallRecorder, openCallRecorder } from './request-log/call-recorder.ts'
import { closeProbes, lookAgain, openProbes, type Probes, useProbes } from './request-log/probe/keep-probes.ts'
import { openScraping, type ScrapingOptions } from './scraping.ts'
import {
  closeApps,
  closeGenerations,
  listenerOfAll,
  type NextConfig,
  type Prepared,
  prepareReload,
  reload,
  type Serving,
  startServing,
} from './serving.ts'
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
  /** Proxies of the public listener whose X-Forwarded-For is believed. */
  trustedProxies?: readonly string[]
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
  /** The other workers of this server, if it is one of several. */
  fellows?: Fellows
  /** Tests and proofs show what happens without them. */
  turns?: ManagementTurns
  /** A proof shows what they cost. */
  metrics?: boolean
}

/** The other workers of a server, with which this one tells and does as one what concerns all of them. */
export type Fellows = {
  reload: () => Promise<Reloaded>
  scrape: () => Promise<Samples>
  /** Somebody asked this one for the health: all expect to be asked. */
  healthAsked: () => void
  /** Undefined: all that are wanted answer. */
  missing: () => Reason | undefined
}

export type Server = {
  /** For Tracker's calls. Neither of the two listens yet. */
  publicApp: FastifyInstance
  /** For operators and applications. */
  adminApp: FastifyInstance
  storage: Storage
  links: Links
  /** What the owner should know of the configuration, in sentences. */
  notices: readonly string[]
  /**
   * Reads the configuration anew and serves it from the next call on; calls in flight end with the former. If anything is
   * wrong with it, nothing changes: throws ConfigFaults, or Problem `nothing-to-reload`.
   */
  reload: () => Promise<Reloaded>
  /** The first half of a reload, for a configuration that was read already: see `Prepared`. */
  prepareReload: (next: NextConfig) => Promise<Prepared>
  /** What it counted itself. */
  scrape: () => Promise<Samples>
  /** Somebody asked another worker for the health. */
  healthAsked: () => void
  /**
   * Not ready from now on, but still answering for so many seconds: a balancer in front needs them to notice. Each answer
   * closes its connection. If no number is given, they are as many as usual if anybody asked for the health lately, and none
   * otherwise. `staysReady`: others answer at the same port.
   */
  drain: (seconds?: number, how?: { staysReady: boolean }) => Promise<void>
  /** From now on `/health` says that the server is stopping. */
  notReady: () => void
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
  const { config, log, clock = performance, turns = managementTurns(), fellows } = options
  const storage = parts.adopt(await options.openStorage(), storage => storage.close())
  const { prisma, management } = storage
  const { readiness, drain, notReady, healthAsked } = watchHealth(storage, { log, clock, fellows })
  const limits = openLimits(log, clock)
  const served = () => serving.generation
  const retention = () => served().config.retention
  const background = parts.adopt(openBackground(config, { management, log }), ({ close }) => close())
  const recorder = parts.adopt(openRecorder(management, limits.tally, retention), closeCallRecorder)
  const probes = parts.adopt(startProbes(management, log, config), closeProbes)
  const { counts, scrape } = openMetrics(parts, options, { storage, clock, load: limits.load, served })
  const ground: Ground = {
    log,
    counts,
    scrape: scrape && (fellows?.scrape ?? scrape),
    recorder,
    probes,
    ...limits,
    prisma,
    management,
    turns,
    ...openLinks(storage, background),
    idempotentAnswers: idempotentAnswers(management, () => retention().idempotentAnswerHours),
    readiness,
    reload: fellows?.reload ?? (() => reload(serving)),
    background,
    place: placeOf(storage, options),
    adminHosts: options.adminHosts ?? [],
    trustedProxies: options.trustedProxies ?? [],
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

  return serverOf(serving, first, {
    storage,
    reload: ground.reload,
    scrape: scrape ?? (async () => []),
    healthAsked,
    notReady,
    drain: (seconds, how) => {
      giveLastAnswers(serving)
      return drain(seconds, how)
    },
    close: () => parts.disposeAsync(),
  })
}

type Own = Pick<Server, 'storage' | 'reload' | 'scrape' | 'healthAsked' | 'notReady' | 'drain' | 'close'>

/** With what the present generation has. */
const serverOf = (serving: Serving, { publicApp, adminApp }: Generation, own: Own): Server => ({
  ...own,
  publicApp,
  adminApp,
  prepareReload: next => prepareReload(serving, next),
  get links() {
    return serving.generation.links
  },
  get notices() {
    return serving.generation.notices
  },
})

const giveLastAnswers = ({ publicSide, adminSide }: Serving) => {
  for (const side of [publicSide, adminSide]) side.giveLastAnswers()
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
function watchHealth(
  storage: Storage,
  { log, clock, fellows }: { log: Logger; clock: { now: () => number }; fellows: Fellows | undefined },
) {
  const health = { isStopping: false, askedAt: -Infinity }
  const healthAsked = () => {
    health.askedAt = clock.now()
  }
  const readiness: Storage['readiness'] = async () => {
    healthAsked()
    fellows?.healthAsked()
    if (health.isStopping) return { ready: false, reason: stoppingReason }
    const missing = fellows?.missing()
    const found = await storage.readiness()
    return missing === undefined ? found : { ...found, warnings: [...(found.warnings ?? []), missing] }
  }
  const notReady = () => {
    health.isStopping = true
  }
  const drain: Server['drain'] = async (seconds, { staysReady } = { staysReady: false }) => {
    if (!staysReady) notReady()
    const isWatched = clock.now() - health.askedAt < watchedFor
    const drainSeconds = seconds ?? (isWatched ? standardDrain : 0)
    log.info({ drainSeconds }, staysReady ? 'answering the last calls' : 'not ready from now on')
    await sleep(drainSeconds * 1_000)
  }
  return { readiness, drain, notReady, healthAsked }
}
