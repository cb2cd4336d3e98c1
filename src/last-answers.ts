import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Server as Acceptor, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** A connection of a client. Node keeps the answer that is in flight on it under this name, without documenting it. */
type Connection = Socket & { _httpMessage?: ServerResponse | null }

/**
 * Watches the connections of a server. The function returned is called when the server begins to stop: from then on each
 * answer says `Connection: close` and is the last on its connection, those to calls in flight included. So a client learns of
 * the stop from an answer, and not from a connection that closes under its next call.
 *
 * A call pays nothing: the listener that closes is added at the stop, and connections are counted one by one, not calls.
 */
export function watchConnections(server: Server): () => void {
  const open = new Set<Connection>()
  function forget(this: Connection) {
    open.delete(this)
  }
  server.on('connection', (connection: Connection) => {
    open.add(connection)
    connection.once('close', forget)
  })
  return () => {
    server.prependListener('request', makeLast)
    for (const { _httpMessage: answer } of open) if (answer && !answer.headersSent) answer.shouldKeepAlive = false
  }
}

function makeLast(_request: IncomingMessage, answer: ServerResponse): void {
  answer.shouldKeepAlive = false
}

/** Milliseconds for which a quiet turn of the event loop is waited for, and the most that one takes. Flooded, none comes. */
const longestWait = 5_000
const quietTurn = 0.5

/** The sockets that accept for a server beside its own. */
const acceptors = new WeakMap<Server, Acceptor[]>()

/** A socket that accepts for a server beside its own, and is closed with it, at the latest when it has. It does not listen yet. */
export function acceptBeside(server: Server): Acceptor {
  const acceptor = createServer(socket => server.emit('connection', socket))
  const known = acceptors.get(server)
  if (known === undefined) {
    acceptors.set(server, [acceptor])
    server.once('close', () => closeBeside(server))
  } else known.push(acceptor)
  return acceptor
}

function closeBeside(server: Server): void {
  for (const acceptor of acceptors.get(server) ?? []) acceptor.close()
}

/**
 * Lets a server stop listening only in a turn of the event loop in which no connection came and little else happened. The system
 * resets what waits to be accepted when a server stops listening, though its client has sent a call already. Nothing stands
 * between the end of such a turn and the close: some microseconds in which a connection may still come.
 */
export function closeInAQuietTurn(server: Server): void {
  const close = server.close.bind(server)
  server.close = callback => {
    if (!server.listening) return close(callback)
    void whenNoneWaits(server, () => {
      closeBeside(server)
      close(callback)
    })
    return server
  }
}

async function whenNoneWaits(server: Server, work: () => void): Promise<void> {
  let accepted = 0
  const count = () => {
    accepted++
  }
  server.on('connection', count)
  // Part of the close, which is slower the first time.
  server.closeIdleConnections()
  const deadline = performance.now() + longestWait
  for (let isQuiet = false; !isQuiet; ) {
    const [before, begin] = [accepted, performance.now()]
    await nextTurn()
    const now = performance.now()
    isQuiet = (accepted === before && now - begin < quietTurn) || now > deadline
  }
  work()
  server.off('connection', count)
}
