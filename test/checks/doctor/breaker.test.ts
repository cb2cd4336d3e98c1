import type { AddressInfo } from 'node:net'
import t from 'tap'
import { commandLine, twoApplications } from '../../cli/command-line.ts'
import { playUpstream } from '../../support/played-upstream.ts'
import { testApi } from '../../support/test-api.ts'

const upstream = await playUpstream(t)
const well = upstream.answer
const objects = {
  source: 'http' as const,
  url: `${upstream.origin}/deals/{{remoteKey}}`,
  privateHosts: ['127.0.0.1'] as string[],
  mapping: { summary: 'title' },
}
// No answer is too slow, however busy the machine is.
const cards = { maxAgeSeconds: 0, staleWhileRevalidateSeconds: 0, budgetMilliseconds: 3_000 }
const api = await testApi(t, { objects, cards })
const health = async () => (await api.call('GET', '/api/applications/crm/health?remoteKey=D-1')).json()
const card = async (key: string) => (await api.publicApp.inject({ url: `/crm/objects/${key}` })).statusCode

/** The doctor as a command, beside the listening server. */
async function doctor() {
  const line = await commandLine(t)
  const { port } = api.adminApp.server.address() as AddressInfo
  line.write(
    'tracker-links.yaml',
    twoApplications.replace(
      '- id: crm',
      `- id: crm\n    objects: ${JSON.stringify(objects)}\n    cards: ${JSON.stringify(cards)}`,
    ),
  )
  Object.assign(line.env, { ADMIN_PORT: String(port), DATABASE_URL: api.url })
  return JSON.parse((await line.run(['doctor', 'crm', '--object', 'D-1', '--json'])).out)
}

const failing = (found: { code: string; evidence: string[] }[]) => found.find(({ code }) => code === 'TLK-C25')
const lookOf = (found: { code: string }[]) => found.filter(({ code }) => code.startsWith('TLK-C'))

t.before(() => api.adminApp.listen({ port: 0, host: '127.0.0.1' }))

t.test('the breaker of a server is told: since when, on which replica, and when it asks again', async t => {
  upstream.answer = (_seen, response) => response.writeHead(500).end()
  t.same(await Promise.all(['D-1', 'D-2', 'D-3', 'D-4'].map(card)), [503, 503, 503, 503])
  const open =
    /^the breaker of \S+\/\d+ is open since \d\d:\d\d: (its first call after [1-5] s|its next call) asks the source$/
  t.match(failing((await health()).findings)?.evidence.at(-1), open)
  t.match(failing((await doctor()).findings)?.evidence.at(-1), open)
})

t.test('a source that answers again while the breaker is open is told as that', async t => {
  upstream.answer = well
  const again = {
    code: 'TLK-C35',
    severity: 'warning',
    says: /^source left alone since \d\d:\d\d, although it answers now$/,
    next: /^Open the issue in Tracker again: /,
  }
  t.match(lookOf((await doctor()).findings), [{ ...again, verdict: 'WARNING', remoteKey: 'D-1' }])
})
