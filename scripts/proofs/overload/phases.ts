import type { CallerResult, Times } from './caller-job.ts'
import { card, creation, health, runCallers, unknownAddress } from './run-callers.ts'

/** What is measured of a server: its port, and seconds for each measurement. */
export type Measured = { port: number; seconds: number }

const warmUp = 1.5

export type Peak = { callers: number; perSecond: number; p99: number }

/** The most creations a second, over closed loops of growing size, and how long they took there. */
export async function findPeak({ port, seconds }: Measured): Promise<Peak> {
  const steps: Peak[] = []
  for (const callers of [64, 128, 256]) {
    const result = await runCallers({
      port,
      requests: [creation('crm')],
      connections: callers,
      warmUp,
      measure: seconds,
    })
    steps.push({ callers, perSecond: result.accepted.count / seconds, p99: result.accepted.p99 })
  }
  return steps.reduce((best, step) => (step.perSecond > best.perSecond ? step : best))
}

export type Overloaded = { callers: CallerResult; health: Times; perSecond: number }

/** Three thousand callers who create links as fast as they are answered, or arrivals at a rate, and somebody who asks for the health. */
export async function overload(
  { port, seconds }: Measured,
  how: { rate?: number; isPatient?: boolean },
): Promise<Overloaded> {
  const job = { port, requests: [creation('crm')], connections: how.rate === undefined ? 3_000 : 6_000, warmUp: 3 }
  const [callers, asked] = await Promise.all([
    runCallers({ ...job, ...how, measure: seconds }),
    runCallers({ port, requests: [health], connections: 50, rate: 20, warmUp: 3, measure: seconds }),
  ])
  return { callers, health: asked.accepted, perSecond: callers.accepted.count / seconds }
}

/** Floods of calls that must not be felt by others. */
export const floods = {
  'wrong tokens': card('crm', 'not-a-token-of-anybody'),
  'unknown addresses': unknownAddress,
  "another application's cards": card('crm'),
} as const
export type Flood = keyof typeof floods

export type Felt = { quiet: number; flooded: number; ratio: number; faults: number }

/**
 * What others feel of a flood of 200 callers: the p99 of 200 cards a second of another application, half of them over new
 * connections, without and with the flood in turns; the median of the ratios.
 */
export async function feel({ port, seconds }: Measured, flood: Flood, pairs: number): Promise<Felt> {
  const felt: Felt[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const quiet = await others(port, seconds)
    const [flooded] = await Promise.all([
      others(port, seconds),
      runCallers({ port, requests: [floods[flood]], connections: 200, warmUp, measure: seconds }),
    ])
    felt.push({
      quiet: quiet.p99,
      flooded: flooded.p99,
      ratio: flooded.p99 / quiet.p99,
      faults: quiet.faults + flooded.faults,
    })
  }
  const faults = felt.reduce((sum, one) => sum + one.faults, 0)
  return { ...(felt.sort((a, b) => a.ratio - b.ratio)[Math.floor(pairs / 2)] as Felt), faults }
}

async function others(port: number, seconds: number): Promise<{ p99: number; faults: number }> {
  const job = { port, requests: [card('erp')], connections: 400, rate: 100, warmUp, measure: seconds }
  const [kept, fresh] = await Promise.all([runCallers(job), runCallers({ ...job, isFresh: true })])
  const faults = [kept, fresh].flatMap(({ faults, refused }) => [refused.count, ...Object.values(faults)])
  return { p99: Math.max(kept.accepted.p99, fresh.accepted.p99), faults: faults.reduce((sum, one) => sum + one, 0) }
}
