import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Caller } from './caller.ts'

/** What callers saw, and which links have to exist in the end. */
export type Load = {
  calls: number
  /** What became of calls that failed, and how often. */
  failed: Map<string, number>
  /** Milliseconds that each call took, from the moment at which it was due. */
  took: number[]
  /** The most milliseconds after that moment at which a call was begun: how busy the machine was. */
  latest: number
  /** Remote keys of links, by whether the last acknowledged call created or removed them. */
  links: Map<string, 'there' | 'gone'>
}

export const object = 'deal-1'
export const usualRate = 200
/** A removal takes the link that was acknowledged so many calls before. */
const distance = 200

/** One call of each kind in turn; a link is removed long after it was created. */
const kinds = ['card', 'create', 'card', 'create', 'remove'] as const

/** Begins so many calls a second until `isOver`, whether others have ended or not. */
export async function callOpenLoop(
  caller: Caller,
  name: string,
  isOver: () => boolean,
  ratePerSecond = usualRate,
): Promise<Load> {
  const load: Load = { calls: 0, failed: new Map(), took: [], latest: 0, links: new Map() }
  const inFlight = new Set<Promise<void>>()
  const created: string[] = []
  const begin = performance.now()
  while (!isOver()) {
    const due = Math.floor(((performance.now() - begin) * ratePerSecond) / 1_000)
    for (; load.calls < due; load.calls++) {
      const dueAt = begin + (load.calls * 1_000) / ratePerSecond
      load.latest = Math.max(load.latest, performance.now() - dueAt)
      const call = oneCall(caller, load, { created, name }).then(() => void load.took.push(performance.now() - dueAt))
      inFlight.add(call)
      void call.finally(() => inFlight.delete(call))
    }
    await sleep(4)
  }
  await Promise.all(inFlight)
  return load
}

async function oneCall(caller: Caller, load: Load, { created, name }: { created: string[]; name: string }) {
  const kind = kinds[load.calls % kinds.length]
  const removed = kind === 'remove' && created.length > distance ? created.shift() : undefined
  if (removed !== undefined) {
    const isGone = await expectStatus(caller('DELETE', `/crm/links?issueKey=TEST-1&remoteKey=${removed}`), load, [204])
    // A failed removal may have happened or not.
    if (isGone) load.links.set(removed, 'gone')
    else load.links.delete(removed)
  } else if (kind === 'create') {
    const key = `${name}-${load.calls}`
    const body = JSON.stringify({ issueKey: 'TEST-1', entityIds: [key] })
    // 200: the first try of a call that a proxy repeated had created it.
    if (!(await expectStatus(caller('POST', '/crm/links', body), load, [200, 201]))) return
    load.links.set(key, 'there')
    created.push(key)
  } else await expectStatus(caller('GET', `/crm/objects/${object}`), load, [200])
}

async function expectStatus(call: Promise<Answer>, load: Load, expected: readonly number[]): Promise<boolean> {
  const outcome = await call.catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
  if (typeof outcome === 'object' && expected.includes(outcome.status)) return true
  const reason = typeof outcome === 'object' ? `${outcome.status} ${wordOf(outcome.body)}` : outcome
  load.failed.set(reason, (load.failed.get(reason) ?? 0) + 1)
  return false
}

/** The code of a server's own refusal; a proxy's has none. */
const wordOf = (body: string) => /"code":"([\w-]+)"/.exec(body)?.[1] ?? (body.slice(0, 100) || 'without a body')
