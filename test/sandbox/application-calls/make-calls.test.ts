import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { fillTemplate, keyEncodings } from '../../../src/application-calls/fill-template.ts'
import { completeFaults, type WrittenFaults } from '../../../src/sandbox/application-calls/faults.ts'
import { type CallDesk, createCallDesk } from '../../../src/sandbox/application-calls/make-calls.ts'
import { until } from '../../support/until.ts'

type Answering = (request: IncomingMessage, response: ServerResponse) => void

/** An application that answers as it is told to, the calls that came to it, and a desk that calls it. */
async function played(t: Test, more: { timeout?: number; holdBack?: number; formerKeys?: readonly string[] } = {}) {
  const calls: string[] = []
  const headers: IncomingMessage['headers'][] = []
  let answer = answerCard
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      calls.push([request.method, request.url, body].filter(Boolean).join(' '))
      headers.push(request.headers)
      answer(request, response)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const { formerKeys = [], ...times } = more
  const desk = createCallDesk({ ...times, formerKeys: () => formerKeys })
  t.teardown(async () => {
    await desk.close()
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    calls,
    headers,
    desk,
    base,
    crm: {
      id: 'crm',
      oauthToken: 'canary-fixed',
      entityInfoUrl: `${base}/objects/{{remoteKey}}`,
      createLinkUrl: `${base}/links`,
      removeLinkUrl: `${base}/links?issueKey={{issueKey}}&remoteKey={{remoteKey}}`,
    },
    answerWith: (next: Answering) => {
      answer = next
    },
  }
}

const answerCard: Answering = (_request, response) => json(response, { key: 'a/b', summary: 'An object' })

function json(response: ServerResponse, value: unknown, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const turnOn = (desk: CallDesk, faults: WrittenFaults) => desk.setFaults(completeFaults(faults))

t.test('a template is filled in each of the ways that the contract leaves open', async t => {
  const template = 'http://h/o/{{remoteKey}}?i={{issueKey}}&r={{remoteKey}}'
  const filled = keyEncodings.map(encoding => [
    encoding,
    fillTemplate(template, { remoteKey: 'a/b c+%я', issueKey: 'T-1' }, encoding),
  ])
  t.same(Object.fromEntries(filled), {
    percent: 'http://h/o/a%2Fb%20c%2B%25%D1%8F?i=T-1&r=a%2Fb%20c%2B%25%D1%8F',
    'lower-hex': 'http://h/o/a%2fb%20c%2b%25%d1%8f?i=T-1&r=a%2fb%20c%2b%25%d1%8f',
    'raw-slashes': 'http://h/o/a/b%20c%2B%25%D1%8F?i=T-1&r=a/b%20c%2B%25%D1%8F',
    form: 'http://h/o/a%2Fb%20c%2B%25%D1%8F?i=T-1&r=a%2Fb+c%2B%25%D1%8F',
    double: 'http://h/o/a%252Fb%2520c%252B%2525%25D1%258F?i=T-1&r=a%252Fb%2520c%252B%2525%25D1%258F',
    raw: 'http://h/o/a/b%20c+%25%D1%8F?i=T-1&r=a/b%20c+%25%D1%8F',
  })
  t.equal(
    fillTemplate('http://h/{{remoteKey}}', { remoteKey: '$&{{issueKey}}' }, 'raw'),
    'http://h/$&%7B%7BissueKey%7D%7D',
  )
})

t.test('the three calls are what the documents say, and arrive as they were filled in', async t => {
  const { desk, crm, calls, headers } = await played(t)
  await desk.entityInfo(crm, '../a')
  await desk.createLink(crm, 'TEST-1', ['1', '2'])
  await desk.removeLink(crm, 'TEST-1', 'a&b')
  t.same(calls, [
    'GET /objects/..%2Fa',
    'POST /links {"issueKey":"TEST-1","entityIds":["1","2"]}',
    'DELETE /links?issueKey=TEST-1&remoteKey=a%26b',
  ])
  t.equal(headers[1]?.['content-type'], 'application/json')
})

t.test('it presents the fixed token, a user’s, or none, and no record holds one', async t => {
  const { desk, crm, headers, answerWith } = await played(t)
  answerWith(({ headers }, response) =>
    json(response.setHeader('x-echo', headers.authorization ?? ''), {
      key: '1',
      summary: headers.authorization ?? 'none',
      updated: headers.authorization,
    }),
  )
  const shown: unknown[] = []
  for (const settings of [{}, { token: 'user', userToken: 'canary-user' }, { token: 'none' }] as const) {
    desk.setSettings({ ...desk.settings(), ...settings })
    shown.push(await desk.entityInfo(crm, '1'))
  }
  t.same(
    headers.map(({ authorization }) => authorization),
    ['OAuth canary-fixed', 'OAuth canary-user', undefined],
  )
  t.notMatch(JSON.stringify([shown, desk.log.list()]), 'canary-')
  t.match(shown[0], { requestHeaders: { authorization: 'OAuth ***' }, object: { summary: 'OAuth ***' } })
})

t.test('a card by the contract has no findings', async t => {
  const { desk, crm, answerWith } = await played(t)
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
  const record = await desk.entityInfo(crm, '1')
  t.same(record.findings, [])
  t.match(record, { state: 'answered', status: 200, milliseconds: Number, object: { assignee: 'user1' } })
})

t.test('what is wrong with a card is said by field, rule and hint', async t => {
  const { desk, crm, answerWith } = await played(t)
  const cases: [body: unknown, ...wrong: string[]][] = [
    [[], 'error body is no JSON object'],
    [{}, 'error key is missing, and is required', 'error summary is missing, and is required'],
    [{ key: '2', summary: 'x' }, 'error key is another one than was asked for, 1'],
    [{ key: 1, summary: ' ' }, 'error key is a number, not a text', 'error summary is empty'],
    [{ key: '1', summary: null }, 'error summary is null'],
    [{ key: '1', summary: 'x', Key: '1' }, 'warning Key is no field of a card'],
    [{ key: '1', summary: 'x', status: null }, 'warning status is null'],
    [{ key: '1', summary: 'x', status: 'Open' }, 'error status is a text, not an object'],
    [{ key: '1', summary: 'x', status: {} }, 'error status.name is missing, and is required'],
    [{ key: '1', summary: 'x', resolution: { name: 'x', key: 1 } }, 'warning resolution.key is no field of a card'],
    [{ key: '1', summary: 'x', iconUrl: '/i.svg' }, 'error iconUrl is no whole address of the web'],
    [{ key: '1', summary: 'x', iconUrl: 'javascript:alert(1)' }, 'error iconUrl is no whole address of the web'],
    [{ key: '1', summary: 'x', assignee: {} }, 'error assignee names nobody'],
    [
      { key: '1', summary: 'x', assignee: { trackerUid: '12' } },
      'error assignee.trackerUid is a text, not a whole number',
    ],
    [
      { key: '1', summary: 'x', assignee: { passportUid: 1.5 } },
      'error assignee.passportUid is 1.5, not a whole number of 64 bits',
    ],
  ]
  for (const [body, ...wrong] of cases) {
    answerWith((_, response) => json(response, body))
    const { findings } = await desk.entityInfo(crm, '1')
    t.same(
      findings.map(({ level, field, rule }) => `${level} ${field} ${rule}`),
      wrong,
      JSON.stringify(body),
    )
    t.ok(findings.every(({ hint }) => hint.endsWith('.')))
  }
})

t.test('only Tracker’s form of a date is right, and the right one is told', async t => {
  const { desk, crm, answerWith } = await played(t)
  const dates = {
    '2021-07-14T18:59:54.552Z': '2021-07-14T18:59:54.552+0000',
    '2021-07-14T18:59:54.552+03:00': '2021-07-14T15:59:54.552+0000',
    '2021-07-14T18:59:54+0000': '2021-07-14T18:59:54.000+0000',
    '2021-02-30T00:00:00.000+0000': 'Look at its day',
    '2021-07-14T24:00:00.000+0000': 'Look at its day',
    tomorrow: '2024-05-02T10:11:12.345+0000',
  }
  for (const [date, right] of Object.entries(dates)) {
    answerWith((_, response) => json(response, { key: '1', summary: 'x', updated: date }))
    const { findings } = await desk.entityInfo(crm, '1')
    t.match(findings, [{ level: 'error', field: 'updated', hint: right }], date)
    t.equal(findings.length, 1)
  }
})

t.test('the answer around the card is checked, too', async t => {
  const { desk, crm, base, answerWith } = await played(t, { timeout: 200 })
  const told = async (answer: Answering, call: 'entityInfo' | 'createLink' | 'removeLink' = 'entityInfo') => {
    answerWith(answer)
    const record =
      call === 'entityInfo'
        ? await desk.entityInfo(crm, '1')
        : call === 'createLink'
          ? await desk.createLink(crm, 'TEST-1', ['1'])
          : await desk.removeLink(crm, 'TEST-1', '1')
    return record.findings.map(({ level, field, rule }) => `${level} ${field} ${rule}`).join('; ')
  }
  const card = JSON.stringify({ key: '1', summary: 'x' })
  t.equal(await told((_, response) => response.end(card)), 'error content-type is missing')
  t.equal(
    await told((_, response) => response.setHeader('content-type', 'text/html').end('<html>')),
    `error body is no JSON (${jsonMessage('<html>')}); error content-type is text/html`,
  )
  t.match(await told((_, response) => json(response, {}, 404)), /^warning status is 404/)
  const refusal = (type: string) => told((_, response) => response.writeHead(404, { 'content-type': type }).end('{}'))
  t.notMatch(await refusal('application/problem+json; charset=utf-8'), ';', 'any JSON is a good refusal')
  t.match(await refusal('text/html'), /; warning content-type is text\/html$/, 'what a refusal is in is not documented')
  t.match(await told((_, response) => json(response, {}, 401)), /^error status is 401.*did not let the call in$/)
  t.match(await told((_, response) => json(response, {}, 302)), /^error status is 302: a redirect/)
  t.match(await told((_, response) => json(response, {}, 503), 'createLink'), /^error status is 503/)
  t.match(await told((_, response) => json(response, {}, 404), 'removeLink'), /^error status is 404/)
  t.equal(await told((_, response) => response.writeHead(204).end(), 'removeLink'), '')
  t.equal(await told((_, response) => json(response, { links: [] }, 201), 'createLink'), '')
  t.match(await told((_, response) => response.end('ok'), 'createLink'), /^warning body is no JSON/)
  t.match(await told((_, response) => response.destroy()), 'error connection was closed before the answer was whole')
  t.equal(await told(() => {}), 'error connection gave no whole answer in 0.2 s')
  t.match(
    await told((_, response) => response.setHeader('content-type', 'application/json').end(' '.repeat(2 ** 21))),
    'error body is longer than a megabyte',
  )
  const nobody = { ...crm, entityInfoUrl: 'http://127.0.0.1:1/{{remoteKey}}', createLinkUrl: undefined }
  t.match((await desk.entityInfo(nobody, '1')).findings[0]?.rule, /nothing listens at http:\/\/127\.0\.0\.1:1/)
  t.match(await desk.createLink(nobody, 'TEST-1', ['1']), { state: 'unsent', findings: [{ field: 'createLinkUrl' }] })
  t.match(await desk.entityInfo(crm, '\ud800'), { state: 'unsent' }, 'half of a surrogate pair')
  t.match(await desk.entityInfo({ ...crm, entityInfoUrl: `${base.slice(5)}/{{remoteKey}}` }, '1'), { state: 'failed' })
})

t.test('each fault does to a call what its name says', async t => {
  const { desk, crm, calls } = await played(t)
  const made = async (faults: WrittenFaults) => {
    turnOn(desk, faults)
    calls.length = 0
    const record = await desk.createLink(crm, 'TEST-1', ['1'])
    return { record, calls: calls.length, copies: desk.log.list(({ copyOf }) => copyOf === record.id).length }
  }
  t.match(await made({ createLink: { dropped: true } }), { record: { state: 'unsent', faults: ['dropped'] }, calls: 0 })
  t.match(await made({ createLink: { repeated: true } }), { record: { status: 200 }, calls: 2, copies: 1 })
  t.match(await made({ createLink: { twiceAtOnce: true } }), { record: { status: 200 }, calls: 2, copies: 1 })
  t.match(await made({ createLink: { slow: 30 } }), { record: { status: 200, faults: ['slow'] }, calls: 1 })
  t.match(await made({ removeLink: { dropped: true } }), { record: { faults: [] }, calls: 1 }, 'others are left alone')
})

t.test('a call out of order goes out after the one that it came before', async t => {
  const { desk, crm, calls } = await played(t, { holdBack: 60_000 })
  turnOn(desk, { createLink: { outOfOrder: true } })
  t.match(await desk.createLink(crm, 'TEST-1', ['1']), { state: 'held' })
  await desk.removeLink(crm, 'TEST-1', 'other')
  t.equal(calls.length, 1, 'another object overtakes nothing')
  await desk.removeLink(crm, 'TEST-1', '1')
  t.same(
    calls.map(call => call.split(' ')[0]),
    ['DELETE', 'DELETE', 'POST'],
  )
  t.same(
    desk.log.list(({ state }) => state === 'held'),
    [],
  )
})

t.test('a call out of order that nothing overtakes is sent in the end', async t => {
  const { desk, crm, calls } = await played(t, { holdBack: 20 })
  turnOn(desk, { removeLink: { outOfOrder: true } })
  const { id } = await desk.removeLink(crm, 'TEST-1', '1')
  await until(() => desk.log.get(id)?.state === 'answered')
  t.equal(calls.length, 1)
})

t.test('a removal after a move names the key of the creation, and the new one on demand', async t => {
  const { desk, crm, calls } = await played(t, { formerKeys: ['TEST-1', 'PROD-1'] })
  await desk.createLink(crm, 'PROD-1', ['1'])
  await desk.removeLink(crm, 'NEW-1', '1')
  turnOn(desk, { removeLink: { movedKey: true } })
  const { faults } = await desk.removeLink(crm, 'NEW-1', '1')
  t.same(calls.slice(1), ['DELETE /links?issueKey=PROD-1&remoteKey=1', 'DELETE /links?issueKey=NEW-1&remoteKey=1'])
  t.same(faults, ['movedKey'])
})

function jsonMessage(text: string): string {
  try {
    JSON.parse(text)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}
