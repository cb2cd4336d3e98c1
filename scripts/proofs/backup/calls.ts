import { setTimeout as sleep } from 'node:timers/promises'

export type Calls = ReturnType<typeof callSteadily>

/** Milliseconds between two rounds: one link created, and one card read. */
const every = 50

/** Creates links and reads cards at a steady rate, whatever the answers are, until it is stopped. */
export function callSteadily(address: string) {
  const run = process.pid
  const acknowledged: string[] = []
  const inFlight = new Set<Promise<void>>()
  let now = { created: 0, refused: 0, cards: 0, failed: 0, slowestCard: 0 }
  const state = { stopped: false }

  const create = async (key: string) => {
    const round = now
    const status = await statusOf(`${address}/demo/links`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ issueKey: 'LIVE-1', entityIds: [key] }),
    })
    if (status < 300) {
      round.created++
      acknowledged.push(key)
    } else round.refused++
  }
  const read = async (n: number) => {
    const [round, began] = [now, performance.now()]
    const status = await statusOf(`${address}/demo/objects/${encodeURIComponent(`deal ${(n % 100) * 10}`)}`)
    if (status === 200) round.cards++
    else round.failed++
    round.slowestCard = Math.max(round.slowestCard, performance.now() - began)
  }
  const follow = (work: Promise<void>) => {
    inFlight.add(work)
    void work.finally(() => inFlight.delete(work))
  }
  const calling = (async () => {
    for (let n = 0; !state.stopped; n++) {
      follow(create(`live ${run} ${n}`))
      follow(read(n))
      await sleep(every)
    }
    await Promise.all(inFlight)
  })()
  return {
    /** Counts from here on. */
    begin: () => {
      now = { created: 0, refused: 0, cards: 0, failed: 0, slowestCard: 0 }
    },
    created: () => now.created,
    failures: () => now.refused + now.failed,
    /** The keys of all links that were acknowledged so far. */
    acknowledged: () => [...acknowledged],
    told: () =>
      `${now.created} links created, ${now.refused} refused; ${now.cards} cards, ${now.failed} failed, the slowest after ${Math.round(now.slowestCard)} ms`,
    stop: async () => {
      state.stopped = true
      await calling
    },
  }
}

async function statusOf(address: string, options: RequestInit = {}): Promise<number> {
  try {
    const answer = await fetch(address, options)
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return 599
  }
}
