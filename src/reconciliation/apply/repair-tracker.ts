import { setTimeout as sleep } from 'node:timers/promises'
import { insertMirrored, lockMirrored, storeMirrored } from '../../storage/mirror/mirrored-links.ts'
import { endedRepairs, sendNoMore, stopOf } from '../../storage/reconciliation/due-repairs.ts'
import type { Outcome } from '../../storage/reconciliation/plan-outcomes.ts'
import type { IssueKey } from '../../tracker-contract/issue-key.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import type { LinkOfBoth } from '../compare/compare-links.ts'
import { whenDatabaseAnswers } from '../compare/patience.ts'
import type { OpenRun } from '../compare/run-ground.ts'
import { isUnderWay } from '../difference.ts'
import { type MirroredLink, toRepair } from '../mirror/protocol.ts'
import { sendIssue } from '../mirror/send-issue.ts'
import { linkOfRow, rowOfLink } from '../mirror/stored-link.ts'

/** Milliseconds: how long another sender is waited for that has the links in hand (longer than its lease), and between two looks. */
const waits = { longest: 30_000, look: 200 }

/**
 * Makes Tracker alike for links of an issue, which were just seen there: they become due, and this process sends them itself, as
 * the mirror does and with its claims, so that it makes no difference whether a server runs. Returns what became of each.
 */
export async function repairTracker(
  run: OpenRun,
  issueKey: string,
  links: readonly LinkOfBoth[],
): Promise<Map<string, Outcome>> {
  const { database, application, signal } = run
  const due = await whenDatabaseAnswers(signal, () => makeDue(run, issueKey, links))
  const ended = await whenDatabaseAnswers(signal, async () => {
    if ((await stopOf(database, application.id, issueKey)) === undefined) await send(run, issueKey, due)
    const ended = await endedRepairs(database, application.id, issueKey, due)
    const left = due.filter(remoteKey => ended.get(remoteKey) !== 'alike')
    if (!application.mirror && left.length > 0) await sendNoMore(database, application.id, issueKey, left)
    return ended
  })
  const outcomeOf = ({ remoteKey }: LinkOfBoth): Outcome => {
    if (!due.includes(remoteKey)) return 'stale'
    if (ended.get(remoteKey) === 'alike') return 'done'
    return application.mirror ? 'waiting' : 'failed'
  }
  return new Map(links.map(link => [link.remoteKey, outcomeOf(link)]))
}

/** Makes rows due that nobody has in hand and that are as they were seen. Returns the keys of their objects. */
function makeDue(
  { database, application }: OpenRun,
  issueKey: string,
  links: readonly LinkOfBoth[],
): Promise<string[]> {
  const linkOf = new Map(links.map(link => [link.remoteKey, link]))
  const keys = links.map(({ remoteKey }) => ({ issueKey: issueKey as IssueKey, remoteKey: remoteKey as RemoteKey }))
  const newRows = keys.flatMap(key => {
    const link = linkOf.get(key.remoteKey)
    return link && link.known.mirrored === undefined ? [{ ...key, ...dueRow(undefined, link) }] : []
  })
  return database.$transaction(async transaction => {
    const inserted = await insertMirrored(transaction, application.id, newRows)
    const rows = await lockMirrored(transaction, application.id, keys)
    const due = rows.flatMap(row => {
      const [link, stored] = [linkOf.get(row.remoteKey), linkOfRow(row)]
      if (!link || isUnderWay(stored) || stored.generation !== link.known.mirrored?.generation) return []
      return [{ issueKey: row.issueKey, remoteKey: row.remoteKey, ...dueRow(stored, link) }]
    })
    await storeMirrored(transaction, application.id, due, { isDone: false })
    return [...inserted, ...due].map(({ remoteKey }) => remoteKey)
  })
}

const dueRow = (stored: MirroredLink | undefined, { known }: LinkOfBoth) => rowOfLink(toRepair(stored, known.here))

/** Sends until nothing of these links is in hand, whoever else sends some of them. */
async function send(run: OpenRun, issueKey: string, remoteKeys: readonly string[]): Promise<void> {
  const { database, application, tracker, log, signal } = run
  const end = performance.now() + waits.longest + remoteKeys.length * waits.look
  while (performance.now() < end) {
    signal.throwIfAborted()
    const isProbed = application.probe !== undefined
    await sendIssue({ database, log, stop: signal }, tracker, { applicationId: application.id, issueKey, isProbed })
    const ended = await endedRepairs(database, application.id, issueKey, remoteKeys)
    if (![...ended.values()].includes('in hand')) return
    if ((await stopOf(database, application.id, issueKey)) !== undefined) return
    await sleep(waits.look, undefined, { signal }).catch(() => undefined)
  }
}
