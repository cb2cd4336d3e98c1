import type { Application } from '../../config/schema.ts'
import { type Follower, followOn } from '../../links/followers.ts'
import { outsideCalls } from '../../logging/call.ts'
import type { Logger } from '../../logging/logger.ts'
import { createTally, note, type Tally } from '../../logging/tally.ts'
import { mirrorFollower } from '../../storage/links/followers.ts'
import type { LinkFeed } from '../../storage/links/link-feed.ts'
import { mendClock, resumeMirror } from '../../storage/mirror/mirror-stops.ts'
import { type DueWork, findWork, nameOfIssue } from '../../storage/mirror/mirrored-links.ts'
import { sendDifferences, sendNothing } from '../../storage/mirror/switch-mirror.ts'
import type { Storage } from '../../storage/open-storage.ts'
import type { TrackerClients } from '../tracker-clients.ts'
import { followLinks } from './follow-links.ts'
import { type Sent, sendIssue } from './send-issue.ts'

export type Mirror = {
  /** From now on these applications; what is stopped is tried again. */
  use: (applications: readonly Application[]) => void
  /** There may be something to do. Without it, that is seen at the next look. */
  wake: () => void
  /** Ends the requests in flight, and begins no others. */
  stop: () => Promise<void>
}

type Options = {
  database: Storage['management']
  feed: LinkFeed
  trackers: Pick<TrackerClients, 'trackerOf'>
  log: Logger
}

type Running = Options & {
  applications: ReadonlyMap<string, Application>
  /** Those whose configuration is new, and was not looked at. */
  fresh: Application[]
  /** Issues that links are sent of, by `nameOfIssue`. */
  busy: Map<string, Promise<void>>
  follower: Follower
  wake: PromiseWithResolvers<void>
  stop: AbortController
  mendedAt: number
  /** When the feed is read on, in a burst. */
  restUntil: number
  tally: Tally
}

/** Issues that are sent at once: enough to use up the rate if an answer takes a second. */
const mostAtOnce = 8
/**
 * Milliseconds: between two looks if nothing is to do, so that together with those for runs they are fewer than one a second; and
 * between two looks for jumps of the clock.
 */
const intervals = { look: 1_250, mend: 30_000 }

/** Milliseconds after a link is due: the clocks may differ by as much. */
const afterDue = 5

/**
 * How many times as long as its work a follower rests, 5 s at most: some 2,000 changes a second are followed all the same. It rests
 * also if it has read all there were, or it would follow a burst all the time, a few changes in each turn.
 */
const leisure = { times: 9, most: 5_000 }

/** Follows the change feed and makes Tracker alike, until it is stopped. Any number of processes may on one database. */
export function runMirror(options: Options): Mirror {
  const running = createRunning(options)
  const kept = outsideCalls(() => keepOn(running))
  const wake = () => running.wake.resolve()
  return {
    use(applications) {
      const followed = applications.filter(({ organization }) => organization !== undefined)
      running.applications = new Map(followed.map(application => [application.id, application]))
      running.fresh = followed
      wake()
    },
    wake,
    async stop() {
      running.stop.abort()
      wake()
      await kept
      await Promise.all(running.busy.values())
    },
  }
}

function createRunning(options: Options): Running {
  const running: Running = {
    ...options,
    applications: new Map(),
    fresh: [],
    busy: new Map(),
    follower: {
      ...options,
      name: mirrorFollower,
      work: (transaction, applicationId, events) =>
        followLinks(transaction, applicationId, events, {
          isMirrored: running.applications.get(applicationId)?.mirror === true,
        }),
      tellMissed: (applicationId, since) =>
        options.log.error(
          { applicationId, since },
          'changes of links were removed by `retention` before the mirror had read them: those since then may never reach Tracker; `tracker-links reconcile` finds them',
        ),
    },
    wake: Promise.withResolvers(),
    stop: new AbortController(),
    mendedAt: performance.now(),
    restUntil: 0,
    tally: createTally(options.log),
  }
  return running
}

async function keepOn(running: Running): Promise<void> {
  while (!running.stop.signal.aborted) {
    const nextIn = (await takeTurn(running).catch(error => tellFailed(running, {}, error))) ?? intervals.look
    if (nextIn > 0) await nextWake(running, nextIn)
  }
}

/** Waits until there may be something to do, or for so many milliseconds. */
async function nextWake(running: Running, milliseconds: number): Promise<void> {
  const rest = running.restUntil - performance.now()
  const timer = setTimeout(() => running.wake.resolve(), rest > 0 ? Math.min(rest, milliseconds) : milliseconds)
  await running.wake.promise
  clearTimeout(timer)
  running.wake = Promise.withResolvers()
}

/** Does what is to be done, and returns in how many milliseconds there may be more. Asks the database one thing if there is nothing. */
async function takeTurn(running: Running): Promise<number> {
  const { database, applications, busy, mendedAt } = running
  if (applications.size === 0) return intervals.look
  if (running.fresh.length > 0) return await beginWith(running)
  const ids = [...applications.keys()]
  if (performance.now() - mendedAt > intervals.mend) {
    running.mendedAt = performance.now()
    await mendClock(database, ids)
    // Whoever woke this turn waits for more than the clock.
    return 0
  }
  const most = mostAtOnce - busy.size
  const work = await findWork(database, {
    applications: ids,
    follower: mirrorFollower,
    busy: [...busy.keys()],
    most,
  })
  for (const { applicationId, issueKey, most: links } of fairly(running, work).slice(0, most))
    send(running, { applicationId, issueKey, ...(links && { most: links }) })
  const isMore = await follow(running, work)
  return isMore ? 0 : Math.min(intervals.look, ...work.map(({ nextIn }) => (nextIn ?? intervals.look) + afterDue))
}

/**
 * Follows the applications that have news; true: what was read may be sent at once. Changes are followed at leisure: those who make
 * them come first. The rest is for all together, so that none waits because another has news all the time. Nor does one whose links
 * cannot be followed keep the others.
 */
async function follow(running: Running, work: readonly DueWork[]): Promise<boolean> {
  if (performance.now() < running.restUntil) return false
  let [isMore, took] = [false, 0]
  for (const { applicationId, hasNews } of work) {
    if (!hasNews) continue
    if (running.stop.signal.aborted) break
    const began = performance.now()
    const followed = await followOn(running.follower, applicationId).catch(error =>
      tellFailed(running, { applicationId }, error),
    )
    if (followed !== 'held up') took += performance.now() - began
    if (followed === 'all') isMore = true
  }
  running.restUntil = performance.now() + Math.min(took * leisure.times, leisure.most)
  return isMore
}

/** What a new configuration changes: stops are tried again, and what waits is sent, or is not. */
async function beginWith(running: Running): Promise<number> {
  const { database, fresh } = running
  await resumeMirror(
    database,
    fresh.map(({ id }) => id),
  )
  for (const { id, mirror } of fresh) await (mirror ? sendDifferences(database, id) : sendNothing(database, id))
  if (running.fresh === fresh) running.fresh = []
  return 0
}

/** Issues in turn of the applications. One link shows whether an application that was stopped goes on. */
function fairly({ busy }: Running, work: readonly DueWork[]): Omit<Sent, 'isProbed'>[] {
  const lines = work.map(({ applicationId, wasStopped, issues }) => {
    const isTried = [...busy.keys()].some(name => name.startsWith(nameOfIssue(applicationId, '')))
    const tried = wasStopped ? issues.slice(0, isTried ? 0 : 1) : issues
    return tried.map(issueKey => ({ applicationId, issueKey, ...(wasStopped && { most: 1 }) }))
  })
  const longest = Math.max(0, ...lines.map(line => line.length))
  return Array.from({ length: longest }, (_, place) => lines.flatMap(line => line[place] ?? [])).flat()
}

function send(running: Running, sent: Omit<Sent, 'isProbed'>): void {
  const { database, log, applications, trackers, busy, stop } = running
  const application = applications.get(sent.applicationId)
  const tracker = application && trackers.trackerOf(application)
  if (tracker === undefined) return
  const name = nameOfIssue(sent.applicationId, sent.issueKey)
  const isProbed = application?.probe !== undefined
  const sending = sendIssue({ database, log, stop: stop.signal }, tracker, { ...sent, isProbed })
    .catch(error => log.warn({ ...sent, err: error }, 'links of an issue were not mirrored; it is tried again'))
    .finally(() => {
      busy.delete(name)
      running.wake.resolve()
    })
  busy.set(name, sending)
}

/** `applicationId`: whose links could not be followed. Each is told of once a minute. */
function tellFailed({ tally }: Running, about: { applicationId?: string }, error: unknown): undefined {
  note(tally, about, 'the mirror could not do its work; it is tried again', { details: { err: error } })
}
