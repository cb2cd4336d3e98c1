import type { Call } from './calls.ts'
import { openConnection } from './connection.ts'
import type { LoopOptions, LoopResult } from './loop.ts'

/** Each connection sends its next call as soon as it has the answer to the last one: the most that can be done. */
export function runClosedLoop({ job, next, request, check, recorder }: LoopOptions): Promise<LoopResult> {
  return new Promise(resolve => {
    const from = performance.now() + job.warmUp * 1_000
    const until = from + job.measure * 1_000
    let busy = job.connections
    let fault: string | undefined
    let lastAnswer = performance.now()

    const finish = () => {
      clearInterval(watchdog)
      for (const connection of connections) connection.close()
      resolve({ seconds: (Math.min(until, lastAnswer) - from) / 1_000, ...(fault !== undefined && { fault }) })
    }
    const fail = (reason: string) => {
      if (fault !== undefined) return
      fault = reason
      finish()
    }
    const watchdog = setInterval(() => performance.now() > lastAnswer + 10_000 && fail('no answer for 10 s'), 500)

    const start = () => {
      let call: Call | undefined
      let sent = 0
      const step = () => {
        call = performance.now() < until && fault === undefined ? next() : undefined
        if (call) {
          sent = performance.now()
          connection.send(request(call))
        } else if (--busy === 0 && fault === undefined) finish()
      }
      const connection = openConnection(
        job.target.port,
        (status, body) => {
          const now = performance.now()
          lastAnswer = now
          if (now >= from && now < until) recorder.record(now - sent)
          const wrong = check(call as Call, status, body)
          if (wrong !== undefined) return fail(wrong)
          step()
        },
        fail,
      )
      return { ...connection, step }
    }
    const connections = Array.from({ length: job.connections }, start)
    for (const connection of connections) connection.step()
  })
}
