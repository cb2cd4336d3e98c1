import type { Socket } from 'node:net'

/** Refusals that wait for their moment, in all and of each connection. */
export type WaitingRefusals = { count: number; ofConnection: WeakMap<Socket, number> }

/** In all more than there may be connections. One of them that sends calls without waiting for answers has few. */
const most = { all: 10_000, ofConnection: 16 }

export const noRefusals = (): WaitingRefusals => ({ count: 0, ofConnection: new WeakMap() })

/**
 * Answers a refused call in some milliseconds. A connection that has too many waiting is closed, and what it waits for is not answered:
 * otherwise one caller could fill the memory with calls that it sends one behind the other.
 */
export function refuseLater(waiting: WaitingRefusals, socket: Socket, milliseconds: number, refuse: () => void): void {
  const own = waiting.ofConnection.get(socket) ?? 0
  if (own >= most.ofConnection || waiting.count >= most.all) {
    socket.destroy()
    return
  }
  const count = (change: number) => {
    waiting.count += change
    waiting.ofConnection.set(socket, (waiting.ofConnection.get(socket) ?? 0) + change)
  }
  count(1)
  setTimeout(() => {
    count(-1)
    // A caller that has gone needs no answer.
    if (!socket.destroyed) refuse()
  }, milliseconds)
}
