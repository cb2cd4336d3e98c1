import { randomInt } from 'node:crypto'

/** What one call sent, and what is known of its outcome. */
export type Wish = { issueKey: string; keys: string[]; outcome: 'acknowledged' | 'unknown' }

/** What callers know: who created which links, and which links were removed. */
export type Ledger = { created: Wish[]; removed: Map<string, 'acknowledged' | 'unknown'> }

/** Number of writers that call at the same time. */
const writers = 16

export const linkName = (issueKey: string, key: string) => `${issueKey} ${key}`

/**
 * Creates links, and removes a link of every third set, from several callers at once until `stopped` says so. The ledger notes
 * each call before it is sent, and its acknowledgement when it comes.
 */
export async function write(address: string, cycle: number, ledger: Ledger, stopped: () => boolean): Promise<void> {
  const work = async (writer: number) => {
    for (let call = 0; !stopped(); call++) {
      const issueKey = `CRASH-${cycle * 1_000_000 + writer * 10_000 + call + 1}`
      const keys = Array.from({ length: randomInt(1, 12) }, (_, index) => `${issueKey}/key ${index}`)
      await create(address, ledger, issueKey, keys)
      if (call % 3 === 2) await remove(address, ledger, issueKey, keys[0] ?? '')
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)))
}

async function create(address: string, ledger: Ledger, issueKey: string, keys: string[]): Promise<void> {
  const wish: Wish = { issueKey, keys, outcome: 'unknown' }
  ledger.created.push(wish)
  const status = await call(`${address}/demo/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey, entityIds: keys }),
  })
  if (status === 201) wish.outcome = 'acknowledged'
}

async function remove(address: string, ledger: Ledger, issueKey: string, key: string): Promise<void> {
  ledger.removed.set(linkName(issueKey, key), 'unknown')
  const query = new URLSearchParams({ issueKey, remoteKey: key })
  const status = await call(`${address}/demo/links?${query.toString()}`, { method: 'DELETE' })
  if (status === 204) ledger.removed.set(linkName(issueKey, key), 'acknowledged')
}

/** The status of an answer that came whole; undefined if none did. */
async function call(url: string, request: RequestInit): Promise<number | undefined> {
  try {
    const answer = await fetch(url, request)
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return undefined
  }
}
