// Pushes each of many objects several times, with sequences in random order, over 8 connections, some one by one and some in
// bulk. Exit code 1 if the highest sequence did not win. Usage: npm run test:late-pushes [-- NUMBER], 10,000 objects by default
import { randomInt } from 'node:crypto'
import { pushBulk } from './bulk/client.ts'
import { startPushServer } from './late-pushes/server.ts'

const count = Number(process.argv[2] ?? 10_000)
const versions = 6
const connections = 8

if (!Number.isSafeInteger(count) || count < 1) {
  console.error('Usage: npm run test:late-pushes [-- NUMBER], such as npm run test:late-pushes -- 1000')
  process.exit(2)
}

type Push = { key: string; sequence: number }
const summaryOf = ({ key, sequence }: Push) => `${key} as of ${sequence}`

/** Every version of every object once, in random order; a fifth of them twice, as a sender does that lost an answer. */
function shuffledPushes(): Push[] {
  const pushes: Push[] = []
  for (let object = 0; object < count; object++)
    for (let sequence = 1; sequence <= versions; sequence++) {
      const push = { key: `object ${object}`, sequence }
      pushes.push(push, ...(randomInt(5) === 0 ? [push] : []))
    }
  for (let index = pushes.length - 1; index > 0; index--) {
    const other = randomInt(index + 1)
    ;[pushes[index], pushes[other]] = [pushes[other] as Push, pushes[index] as Push]
  }
  return pushes
}

const pushes = shuffledPushes()
const share = Math.ceil(pushes.length / connections)
const server = await startPushServer()
const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' }
const objects = `${server.address}/api/applications/crm/objects`
const results = new Map<string, number>()
const told = (result: string, times = 1) => results.set(result, (results.get(result) ?? 0) + times)

async function pushOneByOne(mine: readonly Push[]): Promise<void> {
  for (const push of mine) {
    const answer = await fetch(`${objects}/${encodeURIComponent(push.key)}`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ summary: summaryOf(push), sequence: push.sequence }),
    })
    const body = (await answer.json()) as { result?: string; code?: string }
    told(body.result ?? `${answer.status} ${body.code}`)
  }
}

async function pushInBulk(mine: readonly Push[]): Promise<void> {
  const { summary } = await pushBulk(
    server,
    mine.map(push => JSON.stringify({ ...push, summary: summaryOf(push) })),
  )
  for (const result of ['accepted', 'unchanged', 'stale', 'rejected', 'failed'] as const) told(result, summary[result])
}

/** Objects that are not as their highest sequence says. */
async function wrongObjects(): Promise<string[]> {
  const wrong: string[] = []
  let seen = 0
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const answer = await fetch(`${objects}?perPage=1000&cursor=${encodeURIComponent(cursor)}`, { headers })
    const page = (await answer.json()) as {
      objects: { key: string; summary: string; sequence: number }[]
      next?: string
    }
    for (const { key, summary, sequence } of page.objects) {
      seen++
      if (sequence !== versions || summary !== summaryOf({ key, sequence: versions })) wrong.push(`${key}: ${summary}`)
    }
    cursor = page.next
  }
  return seen === count ? wrong : [...wrong, `${seen} objects are stored, not ${count}`]
}

let wrong: string[] = []
try {
  const started = performance.now()
  await Promise.all(
    Array.from({ length: connections }, (_, connection) => {
      const mine = pushes.slice(connection * share, (connection + 1) * share)
      // A key may have two bulk pushes in progress.
      return connection % 4 === 0 ? pushInBulk(mine) : pushOneByOne(mine)
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  wrong = await wrongObjects()
  console.log(`objects: ${count}, pushes: ${pushes.length} in ${seconds.toFixed(1)} s over ${connections} connections`)
  console.log([...results].map(([result, times]) => `${result}: ${times}`).join(', '))
  console.log(`objects that are not as their highest sequence: ${wrong.length}`)
} finally {
  await server.stop()
}
for (const one of wrong.slice(0, 10)) console.error(one)
const answered = ['accepted', 'unchanged', 'stale'].reduce((sum, result) => sum + (results.get(result) ?? 0), 0)
process.exitCode = wrong.length > 0 || answered !== pushes.length ? 1 : 0
