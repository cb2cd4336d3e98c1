import autocannon from 'autocannon'
import { applicationId, objectKey } from '../load/data.ts'
import type { Job, Outcome } from '../load/job.ts'
import type { World } from '../world/open-world.ts'
import { programs } from '../world/programs.ts'
import { lyingProgram } from './lying-program.ts'

export type Check = { what: string; isRight: boolean }

const connections = 32

/**
 * Compares our load generator with autocannon on the same bare server, where it must not be the slower one; its times with
 * Little's law; its calls with the rate that was due; and its latencies with a program that stalls.
 */
export async function checkGenerator(world: World): Promise<Check[]> {
  const bare = await world.start(programs.bare, 'bare')
  await world.copyTemplate('stalling')
  const stalling = await world.start(lyingProgram('stands still'), 'stalling', { LIE: 'stands still now and then' })
  try {
    const { objects, preload, generator } = world
    const cursor = { created: 0, removed: 0, asked: 0 }
    const job: Job = {
      target: bare.target,
      work: 'info',
      connections,
      objects,
      preload,
      cursor,
      warmUp: 0.5,
      measure: 3,
    }
    const url = `http://127.0.0.1:${bare.target.port}/${applicationId}/objects/${objectKey(0)}`
    const theirs = await autocannon({ url, connections, duration: 3, headers: { authorization: 'OAuth x' } })
    const theirRate = theirs.requests.average
    const closed = await generator.run(job)
    const due = Math.round(theirRate / 4)
    const open = await generator.run({ ...job, rate: due })
    // One connection: while the program stalls, one call is in flight and all others are only due.
    const stalled = await generator.run({ ...job, target: stalling.target, connections: 1, rate: 200 })
    return [
      {
        what: `closed loop: ${whole(rateOf(closed))} calls/s, autocannon ${whole(theirRate)}`,
        isRight: rateOf(closed) >= 0.9 * theirRate,
      },
      {
        what: `closed loop: a mean of ${closed.latency.mean.toFixed(2)} ms, by Little's law ${meanByLittle(closed).toFixed(2)} ms`,
        isRight: Math.abs(1 - meanByLittle(closed) / closed.latency.mean) < 0.1,
      },
      {
        what: `open loop: ${whole(rateOf(open))} calls/s of ${due} due`,
        isRight: Math.abs(1 - rateOf(open) / due) < 0.01,
      },
      {
        what: `open loop: a program that stands still for 300 ms in 1,000 ms has a p99 of ${whole(stalled.latency.p99)} ms`,
        isRight: stalled.latency.p99 > 200,
      },
    ]
  } finally {
    await Promise.all([bare.stop(), stalling.stop()])
  }
}

const rateOf = ({ answers, seconds }: Outcome): number => answers / seconds

/** Little's law: with so many calls in flight at any time, this is the mean time of one (ms). */
const meanByLittle = (outcome: Outcome): number => (connections * 1_000) / rateOf(outcome)

const whole = (value: number): string => Math.round(value).toLocaleString('en')
