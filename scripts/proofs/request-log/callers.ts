import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** `request` gives each request as it goes over a connection, by its number from 0. */
type Plan = { port: number; connections: number; calls: number; request: (number: number) => string }

type Progress = Pick<Plan, 'calls' | 'request'> & { next: number }

/** Makes so many calls over so many connections, each with one in flight, and returns the seconds that they took. */
export async function makeCalls({ port, connections, calls, request }: Plan): Promise<number> {
  const plan = { next: 0, calls, request }
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, () => runConnection(port, plan)))
  return (performance.now() - began) / 1_000
}

async function runConnection(port: number, plan: Progress) {
  while (plan.next < plan.calls) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    await callOn(socket, plan)
    socket.destroy()
  }
}

/** Until the calls are made, or the server ends the connection, as it does after 10,000 of them. */
function callOn(socket: Socket, plan: Progress): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    const send = () => {
      if (plan.next >= plan.calls) return resolve()
      socket.write(plan.request(plan.next++))
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      received = received === '' ? chunk : received + chunk
      const end = endOfAnswer(received)
      if (end === undefined || received.length < end) return
      const isLast = /\r\nconnection: close\r\n/i.test(received)
      received = ''
      if (isLast) resolve()
      else send()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve())
    send()
  })
}

function endOfAnswer(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
  return head + 4 + Number(length ?? 0)
}
