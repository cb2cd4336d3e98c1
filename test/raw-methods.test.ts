import { METHODS } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { exchange } from './black-box/raw-request.ts'
import { testApi } from './support/test-api.ts'

const json = 'Content-Type: application/json\r\n'
/** Headers and body, in forms that a method without a body, or an unknown address, may be sent with. */
const bodies: readonly (readonly [headers: string, body: string])[] = [
  ['', ''],
  [json, ''],
  [`${json}Content-Length: 0\r\n`, ''],
  [`${json}Content-Length: 1\r\n`, '{'],
  ['Content-Type: weird\r\nContent-Length: 1\r\n', '{'],
  [`${json}Transfer-Encoding: chunked\r\n`, '1\r\n{\r\n0\r\n\r\n'],
  ['Upgrade: h2c\r\nConnection: Upgrade\r\n', ''],
  ['Expect: 100-continue\r\nContent-Length: 2\r\n', '{}'],
]

const targets = ['/', '/nowhere', '/crm/links', '/crm/objects/1', '/health', '/api/applications', '/docs', '*', 'h:1']

t.test('every method is answered at every address of both ports, and none of them with a 5xx', async t => {
  const { publicApp, adminApp, log } = await testApi(t)
  for (const [name, app] of Object.entries({ publicApp, adminApp })) {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const wrong: string[] = []
    for (const method of [...METHODS, 'BREW', 'get', 'PRI'])
      for (const target of targets)
        for (const [headers, body] of bodies) {
          const request = `${method} ${target} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`
          const answer = await exchange(port, Buffer.from(request))
          const isWell =
            answer !== undefined &&
            answer.status < 500 &&
            /^x-request-id: \S/im.test(answer.headers) &&
            (answer.status < 400 || answer.headers.includes('application/problem+json'))
          if (!isWell) wrong.push(`${JSON.stringify(request)}: ${answer?.status} ${answer?.headers}`)
        }
    t.same(wrong, [], name)
  }
  t.same(
    log.filter(({ level }) => level === 'error'),
    [],
  )
})

t.test('CONNECT is refused with an answer that says why', async t => {
  const { publicApp } = await testApi(t)
  await publicApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = publicApp.server.address() as AddressInfo
  const answer = await exchange(port, Buffer.from('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'))
  t.match(answer, { status: 400, headers: /connection: close/, body: /"detail":"This server is no proxy\."/ })
})

t.test('a content type of a body that is not there is answered at once, before a body of any other form', async t => {
  const token = 'canary-triggers-Zk3vQ8sW1xR7pL5nT9bH2mD6uP5g'
  const { publicApp } = await testApi(t, { triggers: { token } })
  await publicApp.listen({ host: '127.0.0.1', port: 0 })
  const { port } = publicApp.server.address() as AddressInfo
  for (const target of ['/crm/links', '/crm/triggers']) {
    const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: OAuth ${token}\r\n`
    const answer = await exchange(port, Buffer.from(`${head}${json}\r\n`))
    t.match(answer, { status: 400, body: /"detail":"The body is empty\.","code":"body-not-json"/ }, target)
  }
})
