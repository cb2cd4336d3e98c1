import { randomInt, randomUUID } from 'node:crypto'
import type { Api } from './feed-readers.ts'

/** Where the server under test is reached at the moment. */
export type Server = { address: () => string; api: Api }

/**
 * Creates and removes links from many callers at once until `stopped` says so: as Tracker on the public port, and as the
 * application on the API, there also in transactions (Idempotency-Key). All want the same few links. Returns how many
 * calls were acknowledged.
 */
export async function writeBothWays(server: Server, stopped: () => boolean): Promise<number> {
  let acknowledged = 0
  const work = async (change: () => Promise<boolean>) => {
    while (!stopped()) if (await change()) acknowledged++
  }
  await Promise.all([
    ...Array.from({ length: 8 }, () => work(() => changeAsTracker(server))),
    ...Array.from({ length: 4 }, () => work(() => changeAsApplication(server))),
  ])
  return acknowledged
}

/** Creates links that nobody else wants, one a call, from 16 callers, until `stopped` says so. Returns how many. */
export async function createOnly(server: Server, stopped: () => boolean): Promise<number> {
  let created = 0
  const work = async () => {
    const run = randomUUID()
    for (let call = 0; !stopped(); call++)
      if (await createLinks(server, `RATE-${randomInt(1, 1_000_000)}`, [`${run} ${call}`])) created++
  }
  await Promise.all(Array.from({ length: 16 }, work))
  return created
}

const issueKey = () => `FEED-${randomInt(1, 30)}`
const remoteKey = () => `key ${randomInt(60)}`
const remoteKeys = () => Array.from({ length: randomInt(1, 8) }, remoteKey)

function changeAsTracker(server: Server): Promise<boolean> {
  if (randomInt(3) > 0) return createLinks(server, issueKey(), remoteKeys())
  const query = new URLSearchParams({ issueKey: issueKey(), remoteKey: remoteKey() })
  return call(`${server.address()}/demo/links?${query.toString()}`, { method: 'DELETE' })
}

function createLinks(server: Server, issue: string, keys: string[]): Promise<boolean> {
  return call(`${server.address()}/demo/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey: issue, entityIds: keys }),
  })
}

function changeAsApplication({ api }: Server): Promise<boolean> {
  const links = `${api.address()}/api/applications/demo/links`
  const headers = {
    authorization: `Bearer ${api.key}`,
    ...(randomInt(2) === 0 && { 'idempotency-key': randomUUID() }),
  }
  if (randomInt(3) > 0)
    return call(links, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ issueKey: issueKey(), remoteKeys: remoteKeys() }),
    })
  const query = new URLSearchParams({ issueKey: issueKey(), remoteKey: remoteKey() })
  return call(`${links}?${query.toString()}`, { method: 'DELETE', headers })
}

/** Whether a call was acknowledged; while the server is away it may not be. */
async function call(url: string, request: RequestInit): Promise<boolean> {
  try {
    const answer = await fetch(url, request)
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}
