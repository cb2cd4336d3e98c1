import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api } from './readers.ts'

/** Where to reach the server under test, which changes with each start. */
export type Server = { address: () => string; api: Api }

/**
 * Creates and removes links from many callers at once until `stopped` says so: as Tracker on the public port, and as the
 * application on the API, there also in transactions (Idempotency-Key), and with renamings of objects. Some callers change
 * the same links. Returns how many calls were acknowledged.
 */
export async function writeBothWays(server: Server, stopped: () => boolean): Promise<number> {
  let acknowledged = 0
  const work = async (change: () => Promise<boolean>) => {
    while (!stopped()) if (await change()) acknowledged++
  }
  await Promise.all([
    ...Array.from({ length: 8 }, () => work(() => changeAsTracker(server))),
    ...Array.from({ length: 4 }, () => work(() => changeAsApplication(server))),
    work(() => renameObject(server)),
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

const issueKey = () => `FEED-${randomInt(1, 1_000)}`
const remoteKeys = () => Array.from({ length: randomInt(1, 8) }, remoteKey)
const remoteKey = () => (randomInt(8) === 0 ? `moving ${randomInt(20)}` : `key ${randomInt(200)}`)

/** Links that a writer created, so that removals find some; two writers may remove the same one. */
const made: { issueKey: string; remoteKey: string }[] = []
function someLink() {
  if (made.length < 100) return undefined
  const index = randomInt(made.length)
  return randomInt(4) === 0 ? made[index] : made.splice(index, 1)[0]
}

async function changeAsTracker(server: Server): Promise<boolean> {
  const link = randomInt(3) > 0 ? someLink() : undefined
  if (!link) return createLinks(server, issueKey(), remoteKeys())
  return call(`${server.address()}/demo/links?${new URLSearchParams(link).toString()}`, { method: 'DELETE' })
}

async function createLinks(server: Server, issue: string, keys: string[]): Promise<boolean> {
  made.push(...keys.map(remoteKey => ({ issueKey: issue, remoteKey })))
  return call(`${server.address()}/demo/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey: issue, entityIds: keys }),
  })
}

async function changeAsApplication({ api }: Server): Promise<boolean> {
  const links = `${api.address()}/api/applications/demo/links`
  const headers = {
    authorization: `Bearer ${api.key}`,
    ...(randomInt(2) === 0 && { 'idempotency-key': randomUUID() }),
  }
  const link = randomInt(3) > 0 ? someLink() : undefined
  if (link) return call(`${links}?${new URLSearchParams(link).toString()}`, { method: 'DELETE', headers })
  const issue = issueKey()
  const keys = remoteKeys()
  made.push(...keys.map(remoteKey => ({ issueKey: issue, remoteKey })))
  return call(links, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey: issue, remoteKeys: keys }),
  })
}

/** Moves all links of an object to another key. They keep the time of their creation, which is not in the feed. */
function renameObject({ api }: Server): Promise<boolean> {
  const from = `moving ${randomInt(20)}`
  const to = `moving ${randomInt(20)}`
  return call(`${api.address()}/api/applications/demo/objects/${encodeURIComponent(from)}/rename`, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to }),
  })
}

/** Whether a call was acknowledged, which it may not be while the server is away. */
async function call(url: string, request: RequestInit): Promise<boolean> {
  try {
    const answer = await fetch(url, request)
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    await sleep(20)
    return false
  }
}
