import { setTimeout as sleep } from 'node:timers/promises'

/** How to reach the management API of the server under test, which changes with each start. */
export type Api = { address: () => string; key: string }

/** A copy of the link table: when each link was created, by the name of the link. */
export type Copy = Map<string, number>

export type Reader = {
  copy: Copy
  events: number
  pages: number
  /** Milliseconds that the slowest page took, of those that did not wait for an event. */
  slowest: number
  /** Events that did not fit the copy: a second creation of a link, or the removal of one that does not exist. */
  misfits: number
  /** Drops the request in flight and goes on from the last cursor, as a reader that is started again. */
  restart: () => void
  /** Resolves once the reader has read every event; call it after the last write. */
  end: () => Promise<void>
}

type Event = { kind: 'created' | 'removed'; issueKey: string; remoteKey: string; occurredAt: string }
type Page = { events: Event[]; next: string; more: boolean }

export const linkName = (issueKey: string, remoteKey: string) => `${issueKey} ${remoteKey}`

/** Follows the change feed with pages of `limit`, and lets the server wait for events for `wait` seconds. */
export function follow(api: Api, { limit, wait }: { limit: number; wait: number }): Reader {
  let ending = false
  let underWay = new AbortController()
  let next: string | undefined
  const reader: Reader = {
    copy: new Map(),
    events: 0,
    pages: 0,
    slowest: 0,
    misfits: 0,
    restart: () => underWay.abort(),
    end: () => {
      ending = true
      reader.restart()
      return reading
    },
  }
  const readPage = async (): Promise<Page | undefined> => {
    underWay = new AbortController()
    const seconds = ending ? 0 : wait
    const query = new URLSearchParams({ limit: String(limit), wait: String(seconds), ...(next && { after: next }) })
    const begin = performance.now()
    try {
      const answer = await fetch(`${api.address()}/api/applications/demo/events?${query.toString()}`, {
        headers: { authorization: `Bearer ${api.key}` },
        signal: underWay.signal,
      })
      if (answer.status !== 200) throw new Error(await answer.text())
      const page = (await answer.json()) as Page
      if (page.events.length > 1 || seconds === 0) reader.slowest = Math.max(reader.slowest, performance.now() - begin)
      return page
    } catch (error) {
      // The server is being restarted, or this reader is. Any other fault shows in the comparison at the end.
      if (ending && !underWay.signal.aborted) throw error
      await sleep(20)
      return undefined
    }
  }
  const reading = (async () => {
    for (;;) {
      const isLast = ending
      const page = await readPage()
      if (!page) continue
      reader.pages++
      for (const event of page.events) apply(reader, event)
      next = page.next
      if (isLast && page.events.length === 0 && !page.more) return
      if (page.events.length === 0 && wait === 0) await sleep(20)
    }
  })()
  return reader
}

function apply(reader: Reader, { kind, issueKey, remoteKey, occurredAt }: Event): void {
  const name = linkName(issueKey, remoteKey)
  reader.events++
  if (reader.copy.has(name) === (kind === 'created')) reader.misfits++
  if (kind === 'created') reader.copy.set(name, new Date(occurredAt).getTime())
  else reader.copy.delete(name)
}
