// Traces as a collector gets them, and what a server without them does not load.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { playCollector } from '../support/played-collector.ts'
import { playUpstream } from '../support/played-upstream.ts'
import { program } from '../support/start-program.ts'
import { until } from '../support/until.ts'
import { startServer } from './start-server.ts'

const token = 'canary-a7Qm2xK9vT4bN8sW3yF6hJ1dL'
const collector = await playCollector(t)
const upstream = await playUpstream(t)
upstream.answer = ({ path }, response) =>
  path.endsWith('secret') ? response.writeHead(500).end('canary-answer') : response.end('{"title":"Deal"}')

const config = `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    unknownObjects: reject
    authorization: { kind: token, tokens: ["${token}"] }
    objects:
      source: http
      url: ${upstream.origin}/deals/{{remoteKey}}
      privateHosts: [127.0.0.1]
      mapping: { summary: title }
`
/** A program to load before all others, which tells what is loaded of OpenTelemetry, and in which some packages are missing. */
const watching = (missing = '^$') =>
  `--import=data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module'
registerHooks({
  resolve(name, context, next) {
    if (/${missing}/.test(name)) throw Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' })
    return next(name, context)
  },
  load(url, context, next) {
    const [, name] = /node_modules\\/((?:@opentelemetry|@fastify\\/otel|import-in-the-middle)[^/]*(?:\\/[^/]+)?)/.exec(url) ?? []
    if (name) process.stderr.write('loaded ' + name + '\\n')
    return next(url, context)
  },
})`)}`

const server = await startServer(t, { config, env: { NODE_OPTIONS: watching(), DRAIN_SECONDS: '0' } })
const headers = { authorization: `OAuth ${token}` }
const ask = async (path: string, more: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}) =>
  (await fetch(`${server.url}${path}`, { ...more, headers: { ...headers, ...more.headers } })).status
const linkTo = (remoteKey: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ issueKey: 'TEST-7', entityIds: [remoteKey] }),
})
const loaded = () => new Set(Array.from(server.output().matchAll(/^loaded (.*)$/gm), ([, name]) => name))
const lines = () =>
  server
    .output()
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line) as Record<string, unknown>)
const told = (pattern: RegExp) => lines().filter(({ msg }) => pattern.test(String(msg)))

t.test('without an endpoint nothing of OpenTelemetry is loaded', async t => {
  t.equal(await ask('/crm/objects/D-1'), 200)
  t.equal(await ask('/crm/links', linkTo('D-1')), 201)
  t.equal(await ask('/crm/links?issueKey=TEST-7&remoteKey=D-1', { method: 'DELETE' }), 204)
  t.same([...loaded()], [])
  await fetch(`${server.adminUrl}/metrics`)
  t.same([...loaded()], ['@opentelemetry/api'], 'the library of the metrics loads this one for its types')
  t.notOk(lines().some(line => 'trace_id' in line))
  await server.stop()
  t.same([...loaded()], ['@opentelemetry/api'])
})

const endpoint = {
  NODE_OPTIONS: '',
  OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary-collector',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  // As soon as possible.
  OTEL_BSP_SCHEDULE_DELAY: '1',
}
const trace = '0af7651916cd43dd8448eb211c80319c'
const parent = 'b7ad6b7169203331'

t.test('each call has a span, with its question to a source below it, and its trace in the log', async t => {
  await server.start(endpoint)
  server.process().kill('SIGHUP')
  await until(() => /the configuration was read anew/.test(server.output()))
  const before = lines().length
  await ask('/crm/objects/D-2?token=canary-query', { headers: { traceparent: `00-${trace}-${parent}-01` } })
  await ask('/crm/links', linkTo('D-3'))
  await ask('/crm/links?issueKey=TEST-7&remoteKey=D-3', { method: 'DELETE' })
  await ask('/crm/objects/secret')
  await ask('/crm/object/D-1')
  await ask('/health')
  const spans = await until(() => collector.spans().length >= 8 && collector.spans())
  t.same(
    spans.map(({ name }) => name).toSorted(),
    ['ask source', 'ask source', 'ask source', 'createLink', 'entityInfo', 'entityInfo', 'removeLink', 'unknown call'],
    'by call, once, after a reload too, and not for the health',
  )
  const [card, question] = ['entityInfo', 'ask source'].map(name =>
    spans.find(span => span.name === name && span.traceId === trace),
  )
  const about = { 'tracker_links.application': 'crm', 'tracker_links.remote_key': 'D-2' }
  t.match(card, { parentId: parent, status: '' }, 'the trace of the caller goes on')
  t.match(card?.attributes, { ...about, 'tracker_links.card_source': 'source', 'http.response.status_code': '200' })
  t.match(question, { parentId: card?.spanId })
  t.match(question?.attributes, { ...about, 'tracker_links.source': 'http', 'tracker_links.found': '1' })
  const both = { 'tracker_links.issue_key': 'TEST-7', 'tracker_links.remote_key': 'D-3' }
  for (const name of ['createLink', 'removeLink']) t.match(spans.find(span => span.name === name)?.attributes, both)
  const created = spans.find(({ name }) => name === 'createLink')
  const looked = spans.filter(({ name, parentId }) => name === 'ask source' && parentId === created?.spanId)
  t.match(looked, [{ attributes: { 'tracker_links.remote_key': 'D-3' } }], 'of a call with a body, too')
  const failed = spans.filter(({ attributes }) => attributes['tracker_links.remote_key'] === 'secret')
  t.same(
    new Set(failed.map(({ name, status, attributes }) => [name, status, attributes['error.type']].join(' '))),
    new Set(['ask source  failed', 'entityInfo source-failed source-failed']),
  )
  const answered = await until(() => {
    const found = lines()
      .slice(before)
      .filter(({ msg }) => msg === 'answered')
    return found.length >= 5 && found
  })
  t.equal(answered.find(({ remoteKey }) => remoteKey === 'D-2')?.trace_id, trace)
  for (const line of answered)
    t.ok(
      spans.some(({ traceId }) => traceId === line.trace_id),
      'found by its trace',
    )
})

t.test('the collector learns who sends, and no secret', async t => {
  t.match(collector.resource(), { 'service.name': 'tracker-link-server', 'deployment.environment.name': 'test' })
  const [{ path, headers: sent } = { path: '', headers: {} }] = collector.requests
  t.match({ path, sent }, { path: '/v1/traces', sent: { authorization: 'Bearer canary-collector' } })
  t.notMatch(Buffer.concat(collector.requests.map(({ body }) => body)).toString('latin1'), /canary-/)
  t.notMatch(server.output(), /canary-/)
})

t.test('a collector that takes nothing is told once, and once when it takes spans again', async t => {
  const refused = async (times: number) => {
    const { length } = collector.requests
    t.equal(await ask('/crm/objects/D-2'), 200)
    await until(() => collector.requests.length >= length + times)
  }
  collector.answer = 400
  await refused(1)
  await until(() => told(/takes no spans/).length > 0)
  await refused(1)
  collector.answer = 200
  await refused(1)
  const [again] = await until(() => told(/takes spans again/).length > 0 && told(/takes spans again/))
  t.ok(Number(again?.dropped) >= 2)
  t.match(told(/takes no spans/), { length: 1 })
  t.equal(await server.stop(), 0)
})

t.test('LOG_KEYS=false keeps keys out, and a stop sends what is left without waiting for ever', async t => {
  const patient = { OTEL_BSP_SCHEDULE_DELAY: '600000', OTEL_EXPORTER_OTLP_TIMEOUT: '600000' }
  await server.start({ ...endpoint, ...patient, LOG_KEYS: 'false' })
  const { length } = collector.requests
  t.equal(await ask('/crm/objects/D-2'), 200)
  t.equal(await ask('/crm/links', linkTo('D-1')), 201)
  t.equal(await ask('/crm/objects/secret'), 503)
  collector.answer = 'never'
  t.equal(await server.stop(), 0, 'the collector has not answered to this day')
  const late = collector.requests.slice(length)
  t.ok(late.length > 0, 'the last spans were sent')
  const bytes = Buffer.concat(late.map(({ body }) => body)).toString('latin1')
  t.match(bytes, 'createLink')
  t.notMatch(bytes, /TEST-7|D-1|D-2|secret/)
})

t.test('if the packages are missing, the start is refused with what to install', async t => {
  const { peerDependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  const install = Object.entries(peerDependencies).map(([name, version]) => `${name}@${version}`)
  const env = { ...process.env, ...server.env, ...endpoint, NODE_OPTIONS: watching('sdk-trace-node') }
  const { status, stderr } = spawnSync(process.execPath, [program, 'serve'], { cwd: server.directory, env })
  t.equal(status, 2)
  t.match(String(stderr), /OTEL_EXPORTER_OTLP_ENDPOINT[\s\S]*not installed/)
  t.match(String(stderr), `npm install ${install.join(' ')} where`)
})
