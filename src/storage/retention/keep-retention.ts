import { setTimeout as sleep } from 'node:timers/promises'
import type { Retention } from '../../config/schema.ts'
import { outsideCalls } from '../../logging/call.ts'
import { type Session, withSession } from '../database/connection/session.ts'
import type { StorageLog } from '../database/storage-log.ts'
import { endAliases } from './end-aliases.ts'
import { removeAnswers } from './remove-answers.ts'
import { removeCalls } from './remove-calls.ts'
import { removeCards } from './remove-cards.ts'
import { removeEvents } from './remove-events.ts'
import { removeMirrored } from './remove-mirrored.ts'
import { removeRepairCounts, removeRuns } from './remove-runs.ts'

/** Milliseconds between two runs, and from one walk over all objects and links to the next. */
const usualIntervals = { first: 30_000, next: 10 * 60_000, walks: 24 * 3_600_000 }

type Options = { databaseUrl: string; log: StorageLog; limits: () => Retention }

/**
 * Removes what is older than its owner wants to keep it, every ten minutes, over a connection that is open only meanwhile. The
 * returned function ends that. Several servers of one database take turns.
 */
export function keepRetention({ databaseUrl, log, limits }: Options, intervals = usualIntervals): () => Promise<void> {
  const end = new AbortController()
  let walkedAt = -Infinity
  const run = async (session: Session) => {
    // A server that stops does not wait for a long statement.
    const stop = () => void session.end()
    end.signal.addEventListener('abort', stop)
    const isDue = performance.now() - walkedAt > intervals.walks
    if (isDue) walkedAt = performance.now()
    await removeOldData(session, limits(), { log, withWalks: isDue }).finally(() =>
      end.signal.removeEventListener('abort', stop),
    )
  }
  const keepOn = async () => {
    // Not all servers that were started together at the same moment.
    await pause(intervals.first * (1 + Math.random()), end.signal)
    while (!end.signal.aborted) {
      await withSession(databaseUrl, run).catch(error => {
        if (!end.signal.aborted) log.warn({ err: error }, 'What is older than `retention` says was not removed')
      })
      await pause(intervals.next, end.signal)
    }
  }
  const kept = outsideCalls(keepOn)
  return async () => {
    end.abort()
    await kept
  }
}

const pause = (milliseconds: number, signal: AbortSignal) =>
  sleep(milliseconds, undefined, { ref: false, signal }).catch(() => {})

/** One run. What was removed is told in the log. */
export async function removeOldData(
  session: Session,
  { eventDays, idempotentAnswerHours, lastGoodCardDays, reconciliationDays, callDays }: Retention,
  { log, withWalks }: { log: StorageLog; withWalks: boolean },
): Promise<void> {
  const began = performance.now()
  const milliseconds = () => Math.round(performance.now() - began)
  const answers = await removeAnswers(session, idempotentAnswerHours)
  if (answers > 0)
    log.info({ answers, idempotentAnswerHours, milliseconds: milliseconds() }, 'old answers were removed')
  const calls = await removeCalls(session, callDays)
  if (calls > 0)
    log.info({ calls, callDays, milliseconds: milliseconds() }, 'old calls of the request log were removed')
  const { partitions, events, closed, inUse } = await removeEvents(session, eventDays)
  if (partitions.length > 0 || events > 0)
    log.info({ partitions, events, eventDays, milliseconds: milliseconds() }, 'old events were removed')
  if (closed) log.info({ partition: closed, milliseconds: milliseconds() }, 'new events go to a new partition')
  if (inUse) log.info('the partitions of link_event stay in use, as by a backup: next try in ten minutes')
  const formerKeys = await endAliases(session)
  if (formerKeys > 0)
    log.info({ formerKeys, milliseconds: milliseconds() }, 'Tracker has no link with these former keys any more')
  if (withWalks && lastGoodCardDays !== undefined) {
    const cards = await removeCards(session, lastGoodCardDays)
    if (cards > 0)
      log.info({ cards, lastGoodCardDays, milliseconds: milliseconds() }, 'old last good cards were removed')
  }
  if (withWalks) {
    const unlinked = await removeMirrored(session, reconciliationDays)
    if (unlinked > 0)
      log.info(
        { unlinked, reconciliationDays, milliseconds: milliseconds() },
        'what the mirror knew of links that neither side has was removed',
      )
  }
  const runs = await removeRuns(session, reconciliationDays)
  if (runs > 0)
    log.info({ runs, reconciliationDays, milliseconds: milliseconds() }, 'old runs of reconciliations were removed')
  await removeRepairCounts(session)
}
