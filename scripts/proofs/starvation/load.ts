// What one API key does for as many seconds as it is told, in a process of its own, so that the creations are sent on time. For
// starvation-test.ts. Usage: node starvation-load.ts searches|pushes AT-ONCE SECONDS ADDRESS KEY
import { setTimeout as sleep } from 'node:timers/promises'

const [kind, atOnce, seconds, address, apiKey] = process.argv.slice(2)
const end = performance.now() + Number(seconds) * 1_000
const isOver = () => performance.now() > end
const all = Array.from({ length: Number(atOnce) }, (_, index) => index)

/** Searches for what no object has, so that each search reads all of them. */
async function searchMuch(): Promise<string> {
  const statuses = counter()
  const search = async () => {
    while (!isOver()) {
      const answer = await fetch(`${address}?summary=pump&cursor=`, { headers: { authorization: `Bearer ${apiKey}` } })
      await answer.arrayBuffer()
      statuses.count(answer.status)
      if (!answer.ok) await sleep(100)
    }
  }
  await Promise.all(all.map(search))
  return statuses.tell()
}

/** Pushes lines in bulk, as many pushes at once as are asked for; a push that is refused is tried again. */
async function pushMuch(): Promise<string> {
  const statuses = counter()
  const push = async (of: number) => {
    const lines = Array.from({ length: 500 }, (_, n) => JSON.stringify({ key: `${of} ${n}`, summary: `s ${end}` }))
    const body = lines.join('\n')
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' }
    while (!isOver()) {
      const answer = await fetch(`${address}/bulk`, { method: 'POST', headers, body }).catch(() => undefined)
      await answer?.arrayBuffer().catch(() => undefined)
      statuses.count(answer?.status ?? 0)
      if (answer?.status !== 200) await sleep(1_000)
    }
  }
  await Promise.all(all.map(push))
  return statuses.tell()
}

function counter() {
  const times = new Map<number, number>()
  return {
    count: (status: number) => times.set(status, (times.get(status) ?? 0) + 1),
    tell: () => [...times].map(([status, n]) => `${n} × ${status || 'no answer'}`).join(', '),
  }
}

console.log(await (kind === 'searches' ? searchMuch() : pushMuch()))
