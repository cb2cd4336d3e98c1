import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createLogger } from '../../../src/logging/logger.ts'
import { createTally } from '../../../src/logging/tally.ts'
import { flushCalls, openCallRecorder, recordCall } from '../../../src/request-log/call-recorder.ts'
import { newCallRecord } from '../../support/call-record.ts'
import { commandLine } from '../command-line.ts'

const token = 'canary1234567890123456789012345678'

t.test('calls are listed, shown, and made again with the token of the application', async t => {
  const line = await commandLine(t)
  line.write(
    'tracker-links.yaml',
    `publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    defaultIconUrl: https://crm.example.com/icon.svg
    responsible: crm@example.com
    authorization: { kind: token, tokens: [${token}] }
`,
  )
  const tally = createTally(createLogger('silent'))
  const recorder = openCallRecorder({ database: line.prisma, tally, most: () => 1_000 })
  const keys = {
    issueKey: 'TEST-7',
    remoteKeys: ['D-1'],
    taken: undefined,
    source: undefined,
    scheme: 'OAuth',
    tokenPlace: 2,
  }
  recordCall(recorder, newCallRecord({ requestId: 'card', at: 1, status: 503, code: 'source-away', source: undefined }))
  recordCall(recorder, newCallRecord({ ...keys, requestId: 'link', at: 2, call: 'createLink', method: 'POST' }))
  recordCall(recorder, newCallRecord({ ...keys, requestId: 'many', at: 3, call: 'createLink', remoteKeyCount: 9 }))
  const nowhere = { path: '/crm/object/\u001b[2J', nearest: '/crm/objects/{{remoteKey}}', code: 'no-such-address' }
  recordCall(recorder, newCallRecord({ ...nowhere, requestId: 'no', applicationId: '', call: 'unknown', status: 404 }))
  await flushCalls(recorder)

  const { out } = await line.run(['calls', 'list', '--object', 'D-1'])
  t.match(out, /entityInfo +D-1 +503 +source-away[\s\S]*createLink +TEST-7 -> D-1 and 8 more/)
  t.match(await line.json('calls', 'list', '--status', '5xx'), { calls: [{ requestId: 'card' }] })
  t.match(await line.json('calls', 'list', '--limit', '2'), { calls: [{ requestId: 'link' }, { requestId: 'many' }] })
  const before = await line.json('calls', 'list', '--limit', '2', '--before', 'link')
  t.match(before, { calls: { length: 1, 0: { requestId: 'card' } } })
  t.match(await line.run(['calls', 'list', '--before', 'gone']), { code: 1, told: 'has no call gone' })
  const unknown = await line.run(['calls', 'list', '--unknown'])
  t.match(unknown.out, '/crm/object/\\u001b[2J')
  t.match(await line.run(['calls', 'list', '--unknown', '--issue', 'TEST-7']), { code: 2, told: '--issue' })
  t.match(
    (await line.run(['calls', 'show', 'no'])).out,
    'asked for   GET /crm/object/\\u001b[2J\nprobably    this server answers /crm/objects/{{remoteKey}}',
  )
  t.match((await line.run(['calls', 'show', 'link'])).out, 'token       with OAuth, number 2 of `authorization.tokens`')
  t.match(await line.run(['calls', 'show', 'nowhere']), { code: 1, told: 'The request log has no call nowhere' })

  const seen: unknown[] = []
  const server = createServer((request, response) => {
    seen.push([request.method, request.url, request.headers.authorization])
    response.writeHead(200, { 'content-type': 'application/json' }).end(`{"echo":"${token}"}`)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const again = await line.run(['calls', 'replay', 'card', '--at', at])
  t.match(again, { code: 0, out: /then +503 source-away in 0\.5 ms\nnow +200 in/ })
  t.notMatch(again.out, token)
  t.match(await line.run(['calls', 'replay', 'link', '--at', at]), { code: 2, told: 'use --yes' })
  t.same(seen, [['GET', '/crm/objects/D-1', `OAuth ${token}`]], 'nothing is written without a question')
  t.match(await line.run(['calls', 'replay', 'link', '--at', at, '--yes']), { code: 0 })
  t.match(seen.at(-1), ['POST', '/crm/links'])
  t.match(await line.prisma.auditRecord.findMany(), [{ operation: 'calls replay', about: { requestId: 'link' } }])
  t.match(await line.run(['calls', 'replay', 'many', '--at', at, '--yes']), { code: 2, told: '1 of the 9 objects' })
  t.match(await line.run(['calls', 'replay', 'no', '--at', at]), { code: 2, told: 'No application has the address' })
})
