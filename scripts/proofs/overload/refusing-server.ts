// Refuses every call at once and does nothing else, over plain sockets: the least that a refusal may take. Prints its port.
import { type AddressInfo, createServer } from 'node:net'

const body = '{"code":"overloaded"}'
const refusal = `HTTP/1.1 503 Service Unavailable\r\nContent-Length: ${body.length}\r\nRetry-After: 1\r\n\r\n${body}`
const endOfHead = '\r\n\r\n'

const server = createServer({ noDelay: true }, socket => {
  let text = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    const end = text.indexOf(endOfHead)
    if (end === -1) return
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0)
    if (text.length < end + endOfHead.length + length) return
    text = ''
    socket.write(refusal)
  })
})
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`),
)
