import type { Socket } from 'node:net'

/** Refusals that wait for their moment, in all and of each connection. */
export type WaitingRefusals = { count: number; ofConnection: WeakMap<Socket, number> }

/** In all more than there may be connections. One of them that sends calls without waiting for answers has few. */
const most = { all: 10_000, ofConnection: 16 }

export const noRefusals = (): WaitingRefusals => ({ count: 0, ofConnection: new WeakMap() })

/**
 * Counts in one that waits. A connection that has too many waiting is closed (false), and what it waits for is not answered: otherwise one
 * caller could fill the memory with calls that it sends one behind the other.
 */
export function mayWait(waiting: WaitingRefusals, socket: Socket): boolean {
  const own = waiting.ofConnection.get(socket) ?? 0
  if (own >= most.ofConnection || waiting.count >= most.all) {
    socket.destroy()
    return false
  }
  waiting.count++
  waiting.ofConnection.set(socket, own + 1)
  return true
}

/** Counts out one whose moment has come. Returns false if its caller has gone, and so needs no answer. */
export function waitsNoMore(waiting: WaitingRefusals, socket: Socket): boolean {
  waiting.count--
  waiting.ofConnection.set(socket, (waiting.ofConnection.get(socket) as number) - 1)
  return !socket.destroyed
}

/** Answers a refused call in some milliseconds. */
export function refuseLater(waiting: WaitingRefusals, socket: Socket, milliseconds: number, refuse: () => void): void {
  if (!mayWait(waiting, socket)) return
  setTimeout(() => {
    if (waitsNoMore(waiting, socket)) refuse()
  }, milliseconds)
}
