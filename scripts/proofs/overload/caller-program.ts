// A program of callers, see start-callers.ts: plain sockets, because it shares the machine with what it measures.
import { connect, type Socket } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import type { CallerJob, CallerResult, Times } from './caller-job.ts'

type Caller = { socket: Socket | undefined; due: number; partial: string }

const job = JSON.parse(process.argv[2] ?? '') as CallerJob
const started = performance.now()
const from = started + job.warmUp * 1_000
const until = from + job.measure * 1_000
const accepted = createHistogram({ lowest: 1, highest: 120_000_000, figures: 3 })
const refused = createHistogram({ lowest: 1, highest: 120_000_000, figures: 3 })
const statuses: Record<string, number> = {}
const faults: Record<string, number> = {}
const idle: Caller[] = []
const waiting = new Set<Caller>()
const buffer = Buffer.alloc(256 * 1024)
let callers = 0
let calls = 0
let overrun = 0

// Numbers of calls differ between programs, so that two of them create no link twice; all have ten digits.
const first = 1_000_000_000 + (process.pid % 800) * 10_000_000

function call(caller: Caller, due: number): void {
  caller.due = due
  waiting.add(caller)
  const number = first + calls
  const request = job.requests[calls++ % job.requests.length] as string
  caller.socket ??= open(caller)
  caller.socket.write(request.replaceAll('{n}', String(number)), 'latin1')
}

function open(caller: Caller): Socket {
  const socket = connect({
    port: job.port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer,
      callback: length => {
        take(caller, buffer.toString('latin1', 0, length))
        return true
      },
    },
  })
  const gone = (what: string) => {
    if (caller.socket !== socket) return
    caller.socket = undefined
    caller.partial = ''
    if (!waiting.delete(caller)) return
    if (performance.now() >= from) faults[what] = (faults[what] ?? 0) + 1
    setTimeout(next, 100, caller)
  }
  socket.on('error', error => gone((error as NodeJS.ErrnoException).code ?? error.message))
  socket.on('close', () => gone('closed before the answer'))
  return socket
}

function take(caller: Caller, text: string): void {
  caller.partial += text
  const end = caller.partial.indexOf('\r\n\r\n')
  if (end === -1) return
  const head = caller.partial.slice(0, end)
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  if (caller.partial.length < end + 4 + length) return
  caller.partial = ''
  waiting.delete(caller)
  const now = performance.now()
  const status = head.slice(9, 12)
  const isRefused = status === '503' || status === '429'
  if (now >= from && now < until) {
    statuses[status] = (statuses[status] ?? 0) + 1
    ;(isRefused ? refused : accepted).record(Math.max(1, Math.round((now - caller.due) * 1_000)))
  }
  if (job.isFresh || /\r\nconnection: *close/i.test(head)) {
    caller.socket?.destroy()
    caller.socket = undefined
  }
  const wait = isRefused && job.isPatient ? Number(/\r\nretry-after: *(\d+)/i.exec(head)?.[1] ?? 0) * 1_000 : 0
  if (wait > 0) setTimeout(next, wait, caller)
  else next(caller)
}

/** The next call of a closed loop; in an open one the caller is free. */
function next(caller: Caller): void {
  if (performance.now() >= until) return
  if (job.rate === undefined) call(caller, performance.now())
  else idle.push(caller)
}

/** The calls that are due; a call that finds no free connection is late, and its time counts from when it was due. */
function keepRate(rate: number): void {
  let due = 0
  const late: number[] = []
  const timer = setInterval(() => {
    const now = performance.now()
    for (; started + (due * 1_000) / rate <= now; due++) late.push(started + (due * 1_000) / rate)
    let taken = 0
    while (taken < late.length) {
      const caller = idle.pop() ?? more()
      if (caller === undefined) break
      call(caller, late[taken++] as number)
    }
    late.splice(0, taken)
    if (now >= from) overrun += late.length > 0 ? 1 : 0
    if (now >= until) clearInterval(timer)
  }, 1)
}

const more = () => (callers++ < job.connections ? { socket: undefined, due: 0, partial: '' } : undefined)

const times = (histogram: typeof accepted): Times => ({
  count: histogram.count,
  p50: histogram.percentile(50) / 1_000,
  p99: histogram.percentile(99) / 1_000,
  max: histogram.count > 0 ? histogram.max / 1_000 : 0,
})

if (job.rate !== undefined) keepRate(job.rate)
else for (let caller = more(); caller !== undefined; caller = more()) call(caller, performance.now())

setTimeout(
  () => {
    const result: CallerResult = {
      seconds: job.measure,
      statuses,
      accepted: times(accepted),
      refused: times(refused),
      faults,
      oldest: Math.max(0, ...Array.from(waiting, ({ due }) => until - due)),
      overrun,
    }
    process.stdout.write(JSON.stringify(result), () => process.exit())
  },
  (job.warmUp + job.measure) * 1_000 + 50,
)
