// One HTTP exchange on a connection of its own, byte for byte: what `fetch` would refuse to send.
import { connect } from 'node:net'

export type RawAnswer = { status: number; headers: string; body: string }

/** What comes before the answer to a request with `Expect: 100-continue`. */
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'

/** Sends the bytes and reads one answer; undefined if the server closed the connection without one. */
export function exchange(port: number, request: Buffer): Promise<RawAnswer | undefined> {
  const isHead = request.toString('latin1', 0, 5) === 'HEAD '
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const finish = () => {
      socket.destroy()
      resolve(parseAnswer(Buffer.concat(chunks)))
    }
    socket.setTimeout(15_000, () => {
      socket.destroy()
      reject(new Error(`no answer in 15 s to ${JSON.stringify(request.toString('latin1').slice(0, 300))}`))
    })
    socket.on('connect', () => socket.write(request))
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (isComplete(Buffer.concat(chunks), isHead)) finish()
    })
    socket.on('end', finish)
    // A server that refuses a request may close before it has read all of it.
    socket.on('error', finish)
  })
}

function isComplete(received: Buffer, isHead: boolean): boolean {
  const bytes = received.toString('latin1', 0, goOn.length) === goOn ? received.subarray(goOn.length) : received
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = bytes.subarray(0, end).toString('latin1')
  if (isHead) return true
  const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  return bytes.length >= end + 4 + length
}

function parseAnswer(bytes: Buffer): RawAnswer | undefined {
  const whole = bytes.toString('utf8')
  const text = whole.startsWith(goOn) ? whole.slice(goOn.length) : whole
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  if (status === undefined) return undefined
  const end = text.indexOf('\r\n\r\n')
  return { status: Number(status), headers: text.slice(0, end), body: text.slice(end + 4) }
}
