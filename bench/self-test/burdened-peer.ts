// Raw Node with more to do: it burns BURDEN microseconds of processor time for each request. The bench must find it slower.
import { subscribe } from 'node:diagnostics_channel'

let result = 1

/** Work that takes the same time whatever the machine does besides. */
function burn(steps: number): void {
  for (let step = 0; step < steps; step++) result = Math.imul(result ^ step, 16_777_619)
}

/** Steps in a microsecond of processor time, of the compiled work. */
function stepsPerMicrosecond(): number {
  const steps = 20_000_000
  burn(steps)
  const before = process.cpuUsage()
  burn(steps)
  const { user, system } = process.cpuUsage(before)
  return steps / (user + system)
}

const steps = Math.round(stepsPerMicrosecond() * Number(process.env.BURDEN))
subscribe('http.server.request.start', () => burn(steps))
await import('../peers/raw-http.ts')
