import { connect, type Socket } from 'node:net'

export type Connection = {
  /** Sends a request; the one before must have been answered. */
  send: (request: string) => void
  close: () => void
}

/**
 * A keep-alive connection that carries one request at a time. Plain sockets: the generator shares the machine with what it
 * measures, and an HTTP client would take as much of it as a server. `onAnswer` may send the next request at once.
 * A connection that the server closes after an answer (`Connection: close`) is opened anew; closing it earlier is a fault.
 */
export function openConnection(
  port: number,
  onAnswer: (status: number, body: string) => void,
  onFault: (fault: string) => void,
): Connection {
  let socket: Socket | undefined
  let waiting = false
  let closed = false
  /** The part of an incomplete answer that has come so far. */
  let partial = ''

  const take = (text: string) => {
    const answer = readAnswer(partial + text)
    if (typeof answer === 'string') return onFault(answer)
    if (!answer) {
      partial += text
      return
    }
    partial = ''
    if (!waiting) return onFault('an answer to no request')
    waiting = false
    if (answer.closes) drop()
    onAnswer(answer.status, answer.body)
  }
  const drop = () => {
    socket?.destroy()
    socket = undefined
  }
  const open = () => {
    const opened: Socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      // One buffer for all that is read: no allocation for each answer.
      onread: {
        buffer,
        callback: length => {
          take(buffer.toString('latin1', 0, length))
          return true
        },
      },
    })
    opened.on('error', error => !closed && socket === opened && onFault(`connection: ${error.message}`))
    opened.on('close', () => {
      if (socket !== opened || closed) return
      socket = undefined
      if (waiting) onFault('the connection was closed before the answer')
    })
    return opened
  }
  return {
    send: request => {
      waiting = true
      socket ??= open()
      socket.write(request, 'latin1')
    },
    close: () => {
      closed = true
      drop()
    },
  }
}

const buffer = Buffer.alloc(256 * 1024)

type Answer = { status: number; body: string; closes: boolean }

/** The answer that `text` holds; undefined if it is not complete; a sentence if it cannot be read here. */
function readAnswer(text: string): Answer | string | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = text.slice(0, end)
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined && status !== 204 && status !== 304)
    return `an answer without Content-Length, which this generator does not read: ${head.slice(0, 60)}`
  const body = text.slice(end + 4)
  if (body.length < Number(length ?? 0)) return undefined
  if (body.length > Number(length ?? 0)) return 'more was answered than asked for'
  return { status, body, closes: /\r\nconnection: *close/i.test(head) }
}
