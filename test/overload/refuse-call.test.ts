import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { refuseCall } from '../../src/overload/refuse-call.ts'

const most = 16 * 1024
const bodies: [name: string, headers: string, isLast: boolean][] = [
  ['no body', '', false],
  ['a body that is read quickly', `Content-Length: ${most}\r\n`, false],
  ['a longer one', `Content-Length: ${most + 1}\r\n`, true],
  ['one of unknown length', 'Transfer-Encoding: chunked\r\n', true],
]

for (const [name, headers, isLast] of bodies)
  t.test(`a connection ${isLast ? 'ends' : 'is kept'} after the refusal of a call with ${name}`, async t => {
    const server = createServer((request, response) => refuseCall(request, response, 7))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    t.teardown(() => {
      socket.destroy()
      server.close()
    })
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    t.match(answer.toString(), /^HTTP\/1.1 503 .*\r\nretry-after: 7\r\n/s)
    t.match(answer.toString(), isLast ? /\r\nconnection: close\r\n/i : /\r\nconnection: keep-alive\r\n/i)
  })
