import { setTimeout as sleep } from 'node:timers/promises'

export type Call = 'entity info' | 'create link' | 'remove link'

/** What callers saw in a period, in milliseconds. */
export type Seen = { [Of in Call]: { answers: number; slowest: number } } & {
  statuses: Map<string, number>
  /** Last good cards. */
  marked: number
  /** Answers without a card although there was one before. */
  empty: number
}

export const nothingSeen = (): Seen => ({
  'entity info': { answers: 0, slowest: 0 },
  'create link': { answers: 0, slowest: 0 },
  'remove link': { answers: 0, slowest: 0 },
  statuses: new Map(),
  marked: 0,
  empty: 0,
})

/** Objects whose cards were fetched before anything breaks. */
export const knownObjects = 40

/**
 * A steady load of all three calls until `stopped`: cards of known and of new objects, links to both, and the removal of these
 * links. Calls begin at their time whether others have ended or not.
 */
export async function load(address: string, seen: () => Seen, stopped: () => boolean): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for (let turn = 0; !stopped(); turn++) {
    const call = oneTurn(address, turn, seen)
    underWay.add(call)
    void call.finally(() => underWay.delete(call))
    await sleep(20)
  }
  await Promise.all(underWay)
}

async function oneTurn(address: string, turn: number, seen: () => Seen): Promise<void> {
  const isNew = turn % 10 === 9
  const key = isNew ? `new-${turn}` : `deal-${turn % knownObjects}`
  const issueKey = `TEST-${turn + 1}`
  const links =
    turn % 5 === 4 ? linkAndUnlink(address, issueKey, [key, `deal-${(turn + 1) % knownObjects}`], seen) : undefined
  const status = await timed('entity info', seen, `${address}/crm/objects/${key}`)
  if (status !== 200 && !isNew) seen().empty++
  await links
}

async function linkAndUnlink(address: string, issueKey: string, keys: string[], seen: () => Seen): Promise<void> {
  const body = JSON.stringify({ issueKey, entityIds: keys })
  const headers = { 'content-type': 'application/json' }
  await timed('create link', seen, `${address}/crm/links`, { method: 'POST', headers, body })
  for (const remoteKey of keys) {
    const query = new URLSearchParams({ issueKey, remoteKey })
    await timed('remove link', seen, `${address}/crm/links?${query.toString()}`, { method: 'DELETE' })
  }
}

async function timed(call: Call, seen: () => Seen, url: string, request?: RequestInit): Promise<number | undefined> {
  const begin = performance.now()
  const answer = await fetch(url, request).catch(() => undefined)
  await answer?.arrayBuffer()
  const { [call]: ofCall, statuses } = seen()
  ofCall.answers++
  ofCall.slowest = Math.max(ofCall.slowest, performance.now() - begin)
  const status = `${answer?.status ?? 'none'}`
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
  if (answer?.headers.has('age')) seen().marked++
  return answer?.status
}
