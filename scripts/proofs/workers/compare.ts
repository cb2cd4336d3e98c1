import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { pairedRatio } from '../../../bench/measure/paired-ratio.ts'
import { object } from '../rolling/open-loop.ts'
import type { WorkersServer } from './server.ts'

/** What a server did in a turn. */
type Turn = { callsPerSecond: number; timePerCall: number }
export type Compared = { callsPerSecond: PairedRatio; timePerCall: PairedRatio }
type PairedRatio = NonNullable<ReturnType<typeof pairedRatio>>

const connections = 32
/** Milliseconds of a turn, and before it without counting. */
const turn = 1_500
const before = 300

let created = 0
const requests = {
  card: () => `GET /crm/objects/${object} HTTP/1.1\r\nHost: x\r\n\r\n`,
  creation: () => {
    const body = JSON.stringify({ issueKey: 'TEST-9', entityIds: [`pair-${++created}`] })
    return `POST /crm/links HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  },
}
export type Kind = keyof typeof requests

/** Each connection sends its next call when the former is answered. */
async function takeTurn({ port, processorTime }: WorkersServer, kind: Kind): Promise<Turn | undefined> {
  const count = { answered: 0, refused: 0 }
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      await once(socket, 'connect')
      socket.on('data', (piece: Buffer) => {
        if (piece.toString('latin1', 0, 10) === 'HTTP/1.1 2') count.answered++
        else count.refused++
        socket.write(requests[kind]())
      })
      socket.write(requests[kind]())
      return socket
    }),
  )
  await sleep(before)
  const start = { answered: count.answered, at: performance.now(), time: processorTime() }
  await sleep(turn)
  const answered = count.answered - start.answered
  const seconds = (performance.now() - start.at) / 1_000
  const time = processorTime() - start.time
  for (const socket of sockets) socket.destroy()
  // On a machine that is busy with other things a server refuses what would wait too long.
  if (count.refused > 0) return undefined
  return { callsPerSecond: answered / seconds, timePerCall: (time * 1_000) / answered }
}

async function takeUndisturbed(server: WorkersServer, kind: Kind): Promise<Turn> {
  for (let tries = 0; tries < 5; tries++) {
    const taken = await takeTurn(server, kind)
    if (taken !== undefined) return taken
  }
  throw new Error('calls were refused in each of five turns: this machine is too busy to compare anything')
}

/** So many pairs of turns, each server first in every second one; ratios of the first server to the second. */
export async function compare(
  one: WorkersServer,
  other: WorkersServer,
  { kind, pairs }: { kind: Kind; pairs: number },
): Promise<Compared> {
  // Compiled by V8 as after a while, both.
  for (const server of [one, other, one, other]) await takeTurn(server, kind)
  const turns: [Turn[], Turn[]] = [[], []]
  for (let pair = 0; pair < pairs; pair++)
    for (const which of pair % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const))
      turns[which].push(await takeUndisturbed(which === 0 ? one : other, kind))
  const ratioOf = (figure: keyof Turn) => {
    const ratio = pairedRatio(
      turns[0].map(turn => turn[figure]),
      turns[1].map(turn => turn[figure]),
    )
    if (ratio === undefined) throw new Error('too few pairs, or a turn without a call')
    return ratio
  }
  return { callsPerSecond: ratioOf('callsPerSecond'), timePerCall: ratioOf('timePerCall') }
}
