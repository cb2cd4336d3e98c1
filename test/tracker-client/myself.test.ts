import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { askMyself } from '../../src/tracker-client/myself.ts'

/** Sends as a caller of `askMyself` does, through real HTTP. */
async function send(address: string, request: { headers: Record<string, string> }) {
  const response = await fetch(address, request)
  return { status: response.status, body: response.ok ? await response.json() : undefined }
}

t.test("Tracker's myself", async t => {
  let request: IncomingMessage | undefined
  let answer = { status: 200, body: {} as unknown }
  const server = createServer((incoming, response) => {
    request = incoming
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const yandex360 = { url: `${url}/`, organization: { kind: 'yandex360' as const, id: '7' } }
  const cloud = { url, organization: { kind: 'cloud' as const, id: 'bpf' } }

  t.test('is asked at its address, with the token and the one header of the organization', async t => {
    await askMyself(send, yandex360, 'OAuth canary-a')
    t.equal(request?.url, '/v3/myself')
    t.match(request?.headers, { authorization: 'OAuth canary-a', 'x-org-id': '7' })
    t.notOk(request?.headers['x-cloud-org-id'])
    await askMyself(send, cloud, 'Bearer canary-b')
    t.match(request?.headers, { authorization: 'Bearer canary-b', 'x-cloud-org-id': 'bpf' })
    t.notOk(request?.headers['x-org-id'])
  })

  t.test('may answer with an object or with an array of one', async t => {
    const user = { uid: '11', login: 'user1', trackerUid: '12', passportUid: '13', display: 'User One' }
    for (const body of [user, [user]]) {
      answer = { status: 200, body }
      t.same(await askMyself(send, cloud, 'OAuth canary-a'), { uid: '11', login: 'user1' })
    }
    answer = { status: 200, body: { trackerUid: '12' } }
    t.same(await askMyself(send, cloud, 'OAuth canary-a'), { uid: '12', login: undefined })
    for (const body of [[], [user, user], null, 'user1', 5]) {
      answer = { status: 200, body }
      t.same(await askMyself(send, cloud, 'OAuth canary-a'), { uid: undefined, login: undefined })
    }
  })

  t.test('tells the status with which Tracker refuses', async t => {
    for (const status of [401, 403]) {
      answer = { status, body: {} }
      t.same(await askMyself(send, cloud, 'OAuth canary-a'), { refusedWith: status })
    }
  })
})
