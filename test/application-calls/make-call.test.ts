import t, { type Test } from 'tap'
import { standardCallSettings } from '../../src/application-calls/call-settings.ts'
import type { Call } from '../../src/application-calls/calls.ts'
import { makeCall } from '../../src/application-calls/make-call.ts'
import { type CallSender, closeSender } from '../../src/application-calls/send-call.ts'
import { writeCall } from '../../src/application-calls/write-call.ts'
import { type Answering, json, playApplication } from './play-application.ts'

/** A played application, and a caller of it. */
async function called(t: Test, timeout = 10_000) {
  const application = await playApplication(t)
  const sender: CallSender = { timeout }
  t.teardown(() => closeSender(sender))
  return {
    ...application,
    call: (call: Call) => makeCall(sender, call, writeCall(call, standardCallSettings, 'a test')),
  }
}

const entityInfo = (application: Call['application'], key = '1'): Call => ({
  kind: 'entityInfo',
  application,
  remoteKeys: [key],
})

t.test('the three calls are what the documents say, and arrive as they were filled in', async t => {
  const { call, crm, calls, headers } = await called(t)
  await call(entityInfo(crm, '../a'))
  await call({ kind: 'createLink', application: crm, issueKey: 'TEST-1', remoteKeys: ['1', '2'] })
  await call({ kind: 'removeLink', application: crm, issueKey: 'TEST-1', remoteKeys: ['a&b'] })
  t.same(calls, [
    'GET /objects/..%2Fa',
    'POST /links {"issueKey":"TEST-1","entityIds":["1","2"]}',
    'DELETE /links?issueKey=TEST-1&remoteKey=a%26b',
  ])
  t.equal(headers[1]?.['content-type'], 'application/json')
})

t.test('a card by the contract has no findings', async t => {
  const { call, crm, answerWith } = await called(t)
  const card = {
    key: '1',
    summary: 'Deploy',
    iconUrl: 'https://crm.example.com/i.svg',
    status: { name: 'Closed', description: 'Rolled out' },
    resolution: { name: 'Fixed' },
    assignee: { trackerUid: 8_000_000_000_000_001, login: 'user1' },
    updated: '2024-05-02T10:11:12.345+0000',
    deadline: '2024-06-01T00:00:00.000+0300',
  }
  answerWith((_, response) =>
    response
      .setHeader('content-type', 'application/json; charset=utf-8')
      .end(JSON.stringify(card).replace('8000000000000001', '9223372036854775807')),
  )
  const record = await call(entityInfo(crm))
  t.same(record.findings, [])
  t.match(record, { state: 'answered', status: 200, milliseconds: Number, object: { assignee: 'user1' } })
})

t.test('what is wrong with a card is said by field, rule and hint', async t => {
  const { call, crm, answerWith } = await called(t)
  const cases: [body: unknown, ...wrong: string[]][] = [
    [[], 'error body is not a JSON object'],
    [{}, 'error key is missing, and is required', 'error summary is missing, and is required'],
    [{ key: '2', summary: 'x' }, 'error key differs from the requested one, 1'],
    [{ key: 1, summary: ' ' }, 'error key is a number, not a string', 'warning summary is empty'],
    [{ key: '1', summary: null }, 'error summary is null'],
    [{ key: '1', summary: 'x', Key: '1' }, 'warning Key is not a field of a card'],
    [{ key: '1', summary: 'x', status: null }, 'warning status is null'],
    [{ key: '1', summary: 'x', status: 'Open' }, 'error status is a string, not an object'],
    [{ key: '1', summary: 'x', status: {} }, 'error status.name is missing, and is required'],
    [{ key: '1', summary: 'x', resolution: { name: 'x', key: 1 } }, 'warning resolution.key is not a field of a card'],
    [{ key: '1', summary: 'x', iconUrl: '/i.svg' }, 'error iconUrl is not an absolute web address'],
    [
      { key: '1', summary: 'x', iconUrl: 'data:,x' },
      'warning iconUrl is a data: address, which a page of Tracker may not load',
    ],
    [{ key: '1', summary: 'x', assignee: {} }, 'warning assignee names nobody'],
    [{ key: '1', summary: 'x', status: { name: '' } }, 'warning status.name is empty'],
    [
      { key: '1', summary: 'x', assignee: { passportUid: -5 } },
      'warning assignee.passportUid is -5, a negative number',
    ],
    [{ key: '1', summary: 'x', assignee: { login: 5 } }, 'error assignee.login is a number, not a string'],
    [
      { key: '1', summary: 'x', assignee: { trackerUid: '12' } },
      'error assignee.trackerUid is a string, not a whole number',
    ],
    [
      { key: '1', summary: 'x', assignee: { passportUid: 1.5 } },
      'error assignee.passportUid is 1.5, not a whole number of 64 bits',
    ],
  ]
  for (const [body, ...wrong] of cases) {
    answerWith((_, response) => json(response, body))
    const { findings } = await call(entityInfo(crm))
    t.same(
      findings.map(({ level, field, rule }) => `${level} ${field} ${rule}`),
      wrong,
      JSON.stringify(body),
    )
    t.ok(findings.every(({ hint }) => hint.endsWith('.')))
  }
})

t.test('only Tracker’s form of a date is accepted, and the hint shows it', async t => {
  const { call, crm, answerWith } = await called(t)
  const dates = {
    '2021-07-14T18:59:54.552Z': '2021-07-14T18:59:54.552+0000',
    '2021-07-14T18:59:54.552+03:00': '2021-07-14T15:59:54.552+0000',
    '2021-07-14T18:59:54+0000': '2021-07-14T18:59:54.000+0000',
    '2021-02-30T00:00:00.000+0000': 'Check its day',
    '2021-07-14T24:00:00.000+0000': 'Check its day',
    tomorrow: '2024-05-02T10:11:12.345+0000',
  }
  for (const [date, right] of Object.entries(dates)) {
    answerWith((_, response) => json(response, { key: '1', summary: 'x', updated: date }))
    const { findings } = await call(entityInfo(crm))
    t.match(findings, [{ level: 'error', field: 'updated', hint: right }], date)
    t.equal(findings.length, 1)
  }
})

t.test('the answer around the card is checked too', async t => {
  const { call, crm, base, answerWith } = await called(t, 200)
  const told = async (answer: Answering, kind: Call['kind'] = 'entityInfo') => {
    answerWith(answer)
    const { findings } = await call({ kind, application: crm, issueKey: 'TEST-1', remoteKeys: ['1'] })
    return findings.map(({ level, field, rule }) => `${level} ${field} ${rule}`).join('; ')
  }
  const card = JSON.stringify({ key: '1', summary: 'x' })
  t.equal(await told((_, response) => response.end(card)), 'warning content-type is missing')
  t.equal(
    await told((_, response) => response.setHeader('content-type', 'text/html').end('<html>')),
    `error body is not JSON (${jsonMessage('<html>')}); warning content-type is text/html`,
  )
  t.match(await told((_, response) => json(response, {}, 404)), /^warning status is 404/)
  const refusal = (type: string) => told((_, response) => response.writeHead(404, { 'content-type': type }).end('{}'))
  t.notMatch(await refusal('application/problem+json; charset=utf-8'), ';', 'any JSON is a good refusal')
  t.match(await refusal('text/html'), /; warning content-type is text\/html$/, 'what a refusal is in is not documented')
  t.match(await told((_, response) => json(response, {}, 401)), /^error status is 401.*refused the token$/)
  t.match(await told((_, response) => json(response, {}, 302)), /^warning status is 302: a redirect/)
  t.match(await told((_, response) => json(response, {}, 503), 'createLink'), /^error status is 503/)
  for (const status of [404, 409, 410, 422])
    for (const kind of ['createLink', 'removeLink'] as const)
      t.match(await told((_, response) => json(response, {}, status), kind), `warning status is ${status}`)
  for (const status of [400, 405, 415])
    t.match(await told((_, response) => json(response, {}, status), 'createLink'), `error status is ${status}`)
  t.equal(await told((_, response) => response.writeHead(204).end(), 'removeLink'), '')
  t.equal(await told((_, response) => json(response, { links: [] }, 201), 'createLink'), '')
  t.match(await told((_, response) => response.end('ok'), 'createLink'), /^warning body is not JSON/)
  t.match(await told((_, response) => response.destroy()), 'error connection was closed before the answer was complete')
  t.equal(await told(() => {}), 'error connection gave no complete answer within 0.2 s')
  t.match(
    await told((_, response) => response.setHeader('content-type', 'application/json').end(' '.repeat(2 ** 21))),
    'warning body is longer than a megabyte',
  )
  const nobody = { ...crm, entityInfoUrl: 'http://127.0.0.1:1/{{remoteKey}}' }
  t.match((await call(entityInfo(nobody))).findings[0]?.rule, /nothing listens at http:\/\/127\.0\.0\.1:1/)
  const withoutScheme = { ...crm, entityInfoUrl: `${base.slice(5)}/{{remoteKey}}` }
  t.match(await call(entityInfo(withoutScheme)), { state: 'failed' })
})

function jsonMessage(text: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
