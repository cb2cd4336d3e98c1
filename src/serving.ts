import type { IncomingMessage } from 'node:http'
import { makeReplaceable, type Replaceable } from './app.ts'
import type { Config } from './config/schema.ts'
import { whatChanged } from './config/what-changed.ts'
import { Problem } from './errors/problem.ts'
import { type Generation, type Ground, openGeneration } from './generation.ts'
import { outsideCalls } from './logging/call.ts'
import type { Logger } from './logging/logger.ts'
import type { Reloaded } from './management-api/reload.ts'
import { openFront } from './overload/front.ts'
import { useProbes } from './request-log/probe/keep-probes.ts'
import type { ObjectChangeListener } from './storage/objects/object-changes.ts'

/** A configuration that was read again. */
export type NextConfig = {
  /** Checked, as that of a start. */
  config: Config
  /** What differs as well but only a start can change, by name. */
  needRestart: readonly string[]
  /** Called once it is served. */
  applied?: () => void
}

/** What is served at the moment, and what was until a reload. */
export type Serving = {
  generation: Generation
  /** Those that may still have calls in flight. */
  former: Set<Generation>
  /** The two servers that listen. */
  publicSide: Replaceable
  adminSide: Replaceable
  ground: Ground
  readAgain: (() => NextConfig) | undefined
  /** One reload at a time: the next begins when this has settled. */
  lastReload: Promise<unknown>
  isClosing: () => boolean
}

/**
 * Milliseconds after a reload in which the sources of the former configuration stay open: longer than a request may take to
 * arrive (10 s) and a card to be answered (a budget of 5 s). So nothing counts calls for it.
 */
const longestCall = 30_000

/** Serves a first generation, whose apps are those that listen. */
export function startServing(
  first: Generation,
  ground: Ground,
  more: Pick<Serving, 'readAgain' | 'isClosing'>,
): Serving {
  const applicationOf = (request: IncomingMessage) => serving.generation.applicationOf(request)
  const serving: Serving = {
    ...more,
    generation: first,
    former: new Set(),
    publicSide: makeReplaceable(first.publicApp, handle => openFront({ ...ground, handle, applicationOf })),
    adminSide: makeReplaceable(first.adminApp),
    ground,
    lastReload: Promise.resolve(),
  }
  return serving
}

/** Another configuration that was opened and waits to be served, or to be forgotten. */
export type Prepared = { serve: () => Reloaded; forget: () => Promise<void> }

/** Reads the configuration and serves it, after the reloads before it. Throws what makes it impossible; then nothing changed. */
export function reload(serving: Serving): Promise<Reloaded> {
  const work = serving.lastReload.then(async () => {
    if (serving.readAgain === undefined)
      throw new Problem('nothing-to-reload', 'This server was started without a configuration file.')
    const next = serving.readAgain()
    const reloaded = (await prepareReload(serving, next)).serve()
    next.applied?.()
    tellReload(serving.ground.log, reloaded)
    return reloaded
  })
  serving.lastReload = work.catch(() => {})
  return work
}

/** Opens what serves another configuration. Throws what makes that impossible. One at a time. */
export async function prepareReload(serving: Serving, { config, needRestart }: NextConfig): Promise<Prepared> {
  // It outlives the call that asked for the reload, which its records must not name.
  const next = await outsideCalls(() => openGeneration(config, serving.ground))
  const forget = () => closeGeneration(next)
  await Promise.all([next.publicApp.ready(), next.adminApp.ready()])
  if (serving.isClosing()) {
    await forget()
    throw new Problem('nothing-to-reload', 'This server is being stopped.')
  }
  const serve = () => {
    const applications = whatChanged(serving.generation.config, config)
    serveGeneration(serving, next)
    return { applications, needRestart: [...needRestart], notices: [...next.notices] }
  }
  return { serve, forget }
}

function serveGeneration(serving: Serving, next: Generation): void {
  const { ground, generation: former } = serving
  serving.generation = next
  serving.publicSide.app = next.publicApp
  serving.adminSide.app = next.adminApp
  serving.former.add(former)
  setTimeout(() => void closeFormer(serving, former), longestCall).unref()
  ground.background.use(next.config)
  useProbes(ground.probes, next.config.applications)
}

/** What the log says of a reload. */
export function tellReload(log: Logger, { applications, needRestart, notices }: Reloaded): void {
  log.info({ ...applications }, 'the configuration was read anew and is served')
  if (needRestart.length > 0)
    log.warn({ needRestart }, 'a restart is needed for these settings; they stay as they were')
  for (const notice of notices) log.warn(notice)
}

async function closeFormer({ former, ground: { log } }: Serving, generation: Generation): Promise<void> {
  if (!former.delete(generation)) return
  await closeGeneration(generation).catch(error => log.warn({ err: error }, 'a former object source was not closed'))
}

/** Closes the apps that listen and those that answer, as one: all answer their last calls at the same time. */
export async function closeApps({ generation }: Serving, first: Generation): Promise<void> {
  const apps = new Set([first, generation].flatMap(({ publicApp, adminApp }) => [publicApp, adminApp]))
  await Promise.all([...apps].map(app => app.close()))
}

/** Closes the object sources of all generations. */
export async function closeGenerations(serving: Serving): Promise<void> {
  await serving.lastReload
  const all = [serving.generation, ...serving.former]
  serving.former.clear()
  await Promise.all(all.map(generation => generation.closeCards()))
}

/** An app whose server listens is closed by its stop, and not here. */
async function closeGeneration({ publicApp, adminApp, closeCards }: Generation): Promise<void> {
  await Promise.all([publicApp, adminApp].filter(app => !app.server.listening).map(app => app.close()))
  await closeCards()
}

/** Passes changes of objects on to each generation that may have cards of them. */
export function listenerOfAll(serving: Serving): ObjectChangeListener {
  const each = (tell: (listener: ObjectChangeListener) => void) => {
    for (const { listener } of [serving.generation, ...serving.former]) tell(listener)
  }
  return {
    changed: (applicationId, key) => each(listener => listener.changed(applicationId, key)),
    heard: () => each(listener => listener.heard()),
    deaf: () => each(listener => listener.deaf()),
  }
}
