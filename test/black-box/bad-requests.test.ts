// 10,000 generated requests, most of them bad: none may cause a 5xx, change a key silently, or take the server down.
import t from 'tap'
import { type GeneratedRequest, generateRequest, seededRandom } from './bad-request-generator.ts'
import { exchange, type RawAnswer } from './raw-request.ts'
import { startServer } from './start-server.ts'

const total = Number(process.env.TOTAL ?? 10_000)
const seed = Number(process.env.SEED ?? 20_261_122)

t.test(`${total} generated requests cause no 5xx, and what is stored is what was sent (seed ${seed})`, async t => {
  const server = await startServer(t)
  const random = seededRandom(seed)
  const expected = new Set<string>()
  const violations: string[] = []
  const statuses = new Map<number, number>()

  const sendOne = async () => {
    const wish = generateRequest(random)
    const answer = await exchange(server.port, wish.bytes)
    statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1)
    const violation = judge(wish, answer)
    if (violation) violations.push(`${wish.name}: ${violation}: ${wish.bytes.toString('latin1').slice(0, 400)}`)
    if (typeof wish.outcome === 'object')
      for (const key of wish.outcome.remoteKeys) expected.add(JSON.stringify([wish.outcome.issueKey, key]))
    else if (answer && answer.status < 300) for (const pair of linksOf(answer)) expected.add(pair)
  }
  let sent = 0
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (sent++ < total) await sendOne()
    }),
  )
  t.comment(`answers by status (0: closed without one): ${JSON.stringify(Object.fromEntries(statuses))}`)
  t.same(violations, [])

  const exported = await server.command('links', 'export')
  const stored = exported.stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { issueKey: string; remoteKey: string })
  t.strictSame(stored.map(link => JSON.stringify([link.issueKey, link.remoteKey])).sort(), [...expected].sort())
  t.equal((await fetch(`${server.url}/demo/objects/1234`)).status, 200, 'the server is up')
  t.notMatch(server.output(), /"level":"(error|fatal)"/, 'nothing is logged as a failure of the server')
})

/** What is wrong with an answer; undefined if nothing is. */
function judge({ outcome }: GeneratedRequest, answer: RawAnswer | undefined): string | undefined {
  if (!answer) return outcome === undefined ? undefined : 'no answer'
  if (answer.status >= 500) return `answered ${answer.status}`
  if (outcome === 'refuse' && answer.status < 400) return `was not refused (${answer.status})`
  if (typeof outcome === 'object' && answer.status >= 300) return `was refused (${answer.status} ${answer.body})`
  if (answer.status >= 400 && answer.status !== 417 && !answer.headers.includes('application/problem+json'))
    return 'no problem body'
  return undefined
}

/** The links that an answer to a creation names as stored. */
function linksOf(answer: RawAnswer): string[] {
  if (!answer.body.includes('"links"')) return []
  const { issueKey, links } = JSON.parse(answer.body) as { issueKey: string; links: { remoteKey: string }[] }
  return links.map(link => JSON.stringify([issueKey, link.remoteKey]))
}
