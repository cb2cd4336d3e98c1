import { setTimeout as sleep } from 'node:timers/promises'
import { tellCommand } from '../../../src/storage/objects/object-changes.ts'
import { type Database, linkWriter, seeded } from './changes.ts'
import type { MirrorServer } from './servers.ts'
import type { Tracker } from './tracker.ts'

/** How a change is made: by the management API, by a command, or by somebody who tells nobody of it. */
export type Way = 'api' | 'command' | 'silent'

type Parts = { database: Database; tracker: Tracker; server: MirrorServer; apiKey: string }

/** Milliseconds from the begin of each of so many changes until Tracker hears of it, one after the other. */
export async function measureDelays(
  { database, tracker, server, apiKey }: Parts,
  { way, count, seed, failing }: { way: Way; count: number; seed: number; failing?: string },
): Promise<number[]> {
  const random = seeded(seed)
  const write = linkWriter(database)
  let heard = Promise.withResolvers<void>()
  let key = ''
  tracker.watching.came = (method, url, body) => {
    if (failing !== undefined && url.includes(`/${failing}/`)) return 500
    if (method === 'POST' && (body as { key?: string }).key === key) heard.resolve()
    return undefined
  }
  const make: Record<Way, (issue: string) => Promise<unknown>> = {
    api: issue => callApi(server, apiKey, issue, key),
    command: async issue => {
      await write('create', issue, key)
      await tellCommand(database)
    },
    silent: issue => write('create', issue, key),
  }
  const delays: number[] = []
  for (let number = 0; number < count; number++) {
    await sleep(300 + random() * 900)
    heard = Promise.withResolvers()
    key = `${way}-${seed}-${number}`
    const began = performance.now()
    await make[way](`TEST-${2 + Math.floor(random() * 140)}`)
    await heard.promise
    delays.push(performance.now() - began)
  }
  return delays
}

async function callApi({ adminUrl }: MirrorServer, apiKey: string, issueKey: string, key: string): Promise<void> {
  const answer = await fetch(`${adminUrl}/api/applications/crm/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ issueKey, remoteKeys: [key] }),
  })
  if (!answer.ok) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`)
  await answer.arrayBuffer()
}
