import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '../errors/problem.ts'
import { writeRaw } from '../errors/raw-answers.ts'
import { newRequestId } from '../logging/call.ts'
import { note, type Tally } from '../logging/tally.ts'

/** Milliseconds for which a connection may be idle, when there is room, and when half of the connections are taken. */
const idle = { usual: 65_000, crowded: 5_000 }

/**
 * Lets a server have at most so many connections: another is answered 503 and closed. When more than half are taken,
 * those that are idle are closed sooner.
 */
export function limitConnections(server: Server, most: number, tally: Tally): void {
  const serve = server.listeners('connection') as ((socket: Socket) => void)[]
  let open = 0
  const count = (change: number) => {
    open += change
    server.keepAliveTimeout = open > most / 2 ? idle.crowded : idle.usual
  }
  server.removeAllListeners('connection').on('connection', socket => {
    if (open >= most) {
      note(tally, { limit: String(most) }, 'connections are refused: MAX_CONNECTIONS are open')
      refuse(socket)
      return
    }
    count(1)
    socket.once('close', () => count(-1))
    for (const listener of serve) listener.call(server, socket)
  })
}

function refuse(socket: Socket): void {
  const problem = new Problem('overloaded', 'The server has as many connections as it may have.', {
    headers: { 'retry-after': '1' },
  })
  socket.on('error', () => {})
  socket.resume()
  writeRaw(socket, problem, newRequestId())
}
