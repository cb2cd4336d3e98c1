import type { Call } from './calls.ts'
import { openConnection } from './connection.ts'
import { latencyRecorder } from './latency.ts'
import type { LoopOptions, LoopResult } from './loop.ts'
import { clock, startMetronome } from './metronome.ts'

/** Milliseconds between two ticks; the calls of one tick are due together. */
const period = 0.5
/** Milliseconds that answers may take after the last call. */
const patience = 10_000

/**
 * Calls are due at a fixed rate, whether answers come or not. A call that finds no free connection waits, and its time counts
 * from the moment at which it was due: if a program stalls for a second, this counts for every call of that second.
 */
export function runOpenLoop({ job, rate, next, request, check, recorder }: LoopOptions & { rate: number }) {
  return new Promise<LoopResult>(resolve => {
    const start = clock() + 20
    const from = start + job.warmUp * 1_000
    const until = from + job.measure * 1_000
    const lateness = latencyRecorder()
    const due: number[] = []
    let taken = 0
    let tick = 0
    let unanswered = 0
    let ended = false

    const end = (fault?: string) => {
      if (ended) return
      ended = true
      stop()
      for (const connection of connections) connection.close()
      const own = { lateness: lateness.latency().p99 }
      resolve({ seconds: job.measure, ...own, ...(fault !== undefined && { fault }) })
    }

    const start1 = () => {
      let call: Call | undefined
      let wasDue = 0
      const connection = openConnection(
        job.target.port,
        (status, body) => {
          if (wasDue >= from) recorder.record(clock() - wasDue)
          unanswered--
          const wrong = check(call as Call, status, body)
          if (wrong !== undefined) return end(wrong)
          idle.push(free)
          dispatch()
        },
        end,
      )
      const free = (at: number) => {
        call = next()
        if (!call) return end('the work was used up before the time was over')
        wasDue = at
        connection.send(request(call))
      }
      idle.push(free)
      return connection
    }
    const idle: ((at: number) => void)[] = []
    const connections = Array.from({ length: job.connections }, start1)

    const ready = () => (ended || taken === due.length ? undefined : idle.pop())
    const dispatch = () => {
      for (let free = ready(); free; free = ready()) free(due[taken++] as number)
      if (!ended && unanswered === 0 && clock() >= until) end()
    }
    const onTick = () => {
      const now = clock()
      for (; start + tick * period <= Math.min(now, until - period); tick++) {
        const at = start + tick * period
        const count = Math.floor(((tick + 1) * period * rate) / 1_000) - Math.floor((tick * period * rate) / 1_000)
        for (let n = 0; n < count; n++) due.push(at)
        unanswered += count
        if (count > 0 && at >= from) lateness.record(now - at)
      }
      dispatch()
      if (now > until + patience) end(`${unanswered} calls were not answered within ${patience / 1_000} s`)
    }
    const stop = startMetronome(start, period, onTick)
  })
}
