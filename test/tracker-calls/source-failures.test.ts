import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import type { ApplicationEntry } from '../../src/config/schema.ts'
import { type PlayedUpstream, playUpstream } from '../support/played-upstream.ts'
import { type TestApp, testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

const page = '<!doctype html><title>canary-login-page</title>'

/** What the API does when it is asked, by the application that asks. */
const misdeeds: Record<string, (response: ServerResponse) => void> = {
  unauthorized: response => response.writeHead(401).end('canary-upstream-body'),
  forbidden: response => response.writeHead(302, { location: 'http://169.254.169.254/canary' }).end(),
  html: response => response.writeHead(200, { 'content-type': 'text/html' }).end(page),
  broken: response => response.writeHead(502, { 'retry-after': '1' }).end(page),
  unmapped: response => response.end('{"name":"canary-other-form"}'),
  away: response => response.destroy(),
}

const entry = (id: string, url: string, cards: ApplicationEntry['cards']): Partial<ApplicationEntry> => ({
  id,
  objects: {
    source: 'http',
    url: `${url}/${id}/{{remoteKey}}`,
    headers: { 'x-token': 'canary-source-token' },
    privateHosts: ['127.0.0.1'],
    mapping: { summary: 'title' },
  },
  ...(cards && { cards }),
})

/** Applications whose API is played, each with the misdeed of its name, unless `answer` is replaced. */
async function failing(t: Test, ids: readonly string[], cards: ApplicationEntry['cards']) {
  const upstream = await playUpstream(t)
  upstream.answer = ({ path }, response) => misdeeds[path.split('/')[1] ?? '']?.(response)
  const tested = await testApp(t, ...ids.map(id => entry(id, upstream.origin, cards)))
  return { ...tested, upstream }
}

const records = ({ log }: Pick<TestApp, 'log'>, id: string) =>
  log.filter(({ application, msg }) => application === id && String(msg).startsWith('The source of objects'))

const patient = { budgetMilliseconds: 5_000 }

t.test('the answer and the log say why a source gave no card: its status, and how long it took', async t => {
  const { app, log } = await failing(t, Object.keys(misdeeds), patient)
  for (const [id, code, detail, record] of [
    ['unauthorized', 'source-unauthorized', /unauthorized refused .*\(401\)/, { reason: 'unauthorized', status: 401 }],
    ['forbidden', 'source-forbidden', /may not be asked/, { reason: 'forbidden' }],
    ['html', 'source-answer-invalid', /not what its configuration expects/, { reason: 'answer-invalid' }],
    ['broken', 'source-failed', /broken failed \(502\)/, { reason: 'failed', status: 502 }],
    ['unmapped', 'source-answer-invalid', /not what its configuration expects/, { reason: 'mapping' }],
    ['away', 'source-away', /broke off \(UND_ERR_SOCKET\)/, { reason: 'away', code: 'UND_ERR_SOCKET' }],
  ] as const) {
    const answer = await app.inject(`/${id}/objects/1`)
    t.match(answer.json(), { status: 503, code, detail }, id)
    t.match(answer.headers['retry-after'], /^\d+$/, id)
    t.notMatch(answer.body, 'canary', 'nothing of what the source said')
    t.match(records({ log }, id), [{ level: 'warn', milliseconds: Number, ...record }], id)
  }
  t.match(records({ log }, 'html')[0], { err: { message: /HTML/ } })
  t.notMatch(JSON.stringify(log.filter(({ reason }) => reason !== 'mapping')), /canary-(login|upstream|source)/)
})

t.test('a second cause is told although the first has just been', async t => {
  const { app, log, upstream } = await failing(t, ['crm'], { ...patient, unknownSeconds: 0 })
  const statuses = [401, 502, 401, 502, 500]
  upstream.answer = (_seen, response) => response.writeHead(statuses.shift() ?? 404, { 'retry-after': '1' }).end()
  for (const key of ['1', '2']) await app.inject(`/crm/objects/${key}`)
  t.match(records({ log }, 'crm'), [{ status: 401 }, { status: 502 }])
  const resting = await app.inject('/crm/objects/3')
  t.match(resting.json(), { code: 'source-unauthorized' })
  t.equal(records({ log }, 'crm').length, 2, 'each of them once a minute')
  const rest = await app.inject('/crm/objects/4')
  t.match(rest.json(), { code: 'source-unauthorized', detail: /left alone for a while/ }, 'while it is left alone, too')
  t.equal(records({ log }, 'crm').length, 2)
})

t.test('an answer after the budget is slow: it is told with its time, and is the next card', async t => {
  const { app, log, upstream } = await failing(t, ['crm'], { budgetMilliseconds: 50 })
  const held = hold(upstream)
  const late = await app.inject('/crm/objects/1')
  t.match(late.json(), { status: 503, code: 'source-slow', detail: /within the 50 ms that a call waits/ })
  t.same(records({ log }, 'crm'), [], 'how long it takes is not known yet')
  held.release()
  await until(() => records({ log }, 'crm').length > 0)
  t.match(records({ log }, 'crm'), [{ reason: 'slow', milliseconds: Number, budgetMilliseconds: 50 }])
  t.match(await app.inject('/crm/objects/1'), { statusCode: 200, body: /Late/ })
})

/** Lets every question wait until it is released. */
function hold(upstream: PlayedUpstream) {
  const { promise, resolve } = Promise.withResolvers<void>()
  upstream.answer = (_seen, response) => void promise.then(() => response.end('{"title":"Late"}'))
  return { release: resolve }
}
