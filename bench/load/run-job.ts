import { answerChecker } from './answer-check.ts'
import { callsOf } from './calls.ts'
import { watchChanges } from './change-watch.ts'
import { runClosedLoop } from './closed-loop.ts'
import { dialectOf } from './dialects.ts'
import type { Job, Outcome } from './job.ts'
import { latencyRecorder } from './latency.ts'
import { runOpenLoop } from './open-loop.ts'

/** Makes the calls of a job and checks what comes back. A fault of the program is in the outcome, not thrown. */
export async function runJob(job: Job): Promise<Outcome> {
  const cursor = { ...job.cursor }
  const dialect = dialectOf(job.target)
  const watch = job.target.databaseUrl === undefined ? undefined : await watchChanges(job.target.databaseUrl)
  const recorder = latencyRecorder()
  const { check, checked } = answerChecker(dialect, watch)
  let all = 0
  const counted: typeof check = (...answer) => {
    all++
    return check(...answer)
  }
  const options = { job, next: callsOf(job, cursor), request: dialect.request, check: counted, recorder }

  const result = await (job.rate === undefined ? runClosedLoop(options) : runOpenLoop({ ...options, rate: job.rate }))
  const stored = await watch?.close()
  const fault = result.fault ?? stored?.fault
  return {
    all,
    answers: recorder.count(),
    seconds: result.seconds,
    latency: recorder.latency(),
    ...(result.lateness !== undefined && { lateness: result.lateness }),
    checked: { ...checked, changes: stored?.changes ?? 0 },
    cursor,
    ...(fault !== undefined && { fault }),
  }
}
