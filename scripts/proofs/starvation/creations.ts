import { setTimeout as sleep } from 'node:timers/promises'

/** What became of calls: how many were not answered 2xx, and the milliseconds that they took. */
export type Outcome = { asked: number; refused: number; p50: number; p99: number; longest: number }

/** Milliseconds between two creations: an open loop, which does not wait for answers. */
const pause = 20

/** Creates links one after the other at a steady rate. */
export async function createSteadily(address: string, isOver: () => boolean): Promise<Outcome> {
  const times: number[] = []
  let refused = 0
  const create = async (issue: number) => {
    const begin = performance.now()
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ issueKey: `TEST-${issue}`, entityIds: [`${Math.random()}`] }),
    }).catch(() => undefined)
    await answer?.arrayBuffer()
    times.push(performance.now() - begin)
    if (!answer?.ok) refused++
  }
  const all: Promise<void>[] = []
  while (!isOver()) {
    all.push(create(all.length + 1))
    await sleep(pause)
  }
  await Promise.all(all)
  times.sort((one, other) => one - other)
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0
  return { asked: times.length, refused, p50: at(0.5), p99: at(0.99), longest: at(1) }
}
