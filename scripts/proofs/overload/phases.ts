import type { CallerJob, CallerResult, Times } from './caller-job.ts'
import { card, creation, health, runCallers, unknownAddress } from './run-callers.ts'

/** What is measured of a server: its port, that of a program that only refuses, and seconds for each measurement. */
export type Measured = { port: number; refusingPort: number; seconds: number }

const warmUp = 1.5
/**
 * In an overload it ends when those have come back who are told one to three seconds, while it is not known how much can be answered;
 * from then on callers come as they will for as long as it lasts.
 */
const longWarmUp = 5

/** Callers of a closed loop with whom the most creations a second are made: more of them only wait longer. */
const peakCallers = 256
/** Objects in a creation, of which so few are made in a second that a generator can call for three times as many. */
const manyObjects = 50

/** `health`: milliseconds that an answer about the health took, see `healthOf`. */
export type Load = {
  perSecond: number
  accepted: Times
  refused: Times
  health: number
  faults: CallerResult['faults']
}
/**
 * The peak, the overload, and the peak beside callers who are refused at the rate of the overload by another program, which does nothing
 * else: what is lost there is what such callers take of the machine, whoever refuses them.
 */
export type Overload = { peak: Load; over: Load; beside: Load; letIn: number; slower: number; besideLetIn: number }

/** How 3,000 callers call, or arrivals at three times the rate of the peak. */
export const overloads = {
  '3,000 callers, who wait if they are told to': { connections: 3_000, isPatient: true },
  '3,000 callers, who call again at once': { connections: 3_000 },
  'three times the peak, whatever is answered': { connections: 6_000, isOpen: true },
} as const
export type OverloadName = keyof typeof overloads

/** The peak and the overload in turns; the pair whose share of the peak is the median, and the median of the shares beside. */
export async function overload(measured: Measured, name: OverloadName, pairs: number): Promise<Overload> {
  const { isOpen = false, ...how } = overloads[name] as { connections: number; isPatient?: boolean; isOpen?: boolean }
  const requests = [creation('crm', isOpen ? manyObjects : 1)]
  const found: Overload[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const peak = await loaded(measured, { requests, connections: peakCallers })
    const rate = isOpen ? { rate: 3 * peak.perSecond } : {}
    const over = await loaded(measured, { requests, ...how, ...rate })
    const refused = { requests, connections: how.connections, rate: over.refused.count / measured.seconds }
    const beside = await loaded(measured, { requests, connections: peakCallers }, refused)
    found.push({
      peak,
      over,
      beside,
      letIn: over.perSecond / peak.perSecond,
      slower: over.accepted.p99 / peak.accepted.p99,
      besideLetIn: beside.perSecond / peak.perSecond,
    })
  }
  return { ...medianBy(found, ({ letIn }) => letIn), besideLetIn: medianBy(found, one => one.besideLetIn).besideLetIn }
}

const medianBy = <T>(all: readonly T[], figure: (one: T) => number): T =>
  all.toSorted((a, b) => figure(a) - figure(b))[Math.floor(all.length / 2)] as T

type Callers = Pick<CallerJob, 'requests' | 'connections' | 'rate' | 'isPatient'>

/**
 * Callers, two who ask for the health, one of them over a new connection each time as a balancer may, and callers of the program that
 * only refuses: then the refusals are theirs.
 */
async function loaded({ port, refusingPort, seconds }: Measured, job: Callers, elsewhere?: Callers): Promise<Load> {
  const measuring = { port, warmUp: longWarmUp, measure: seconds }
  const asking = { ...measuring, requests: [health], connections: 50, rate: 20 }
  const [callers, kept, fresh, others] = await Promise.all([
    runCallers({ ...measuring, ...job }),
    runCallers(asking),
    runCallers({ ...asking, isFresh: true }),
    elsewhere?.rate ? runCallers({ ...measuring, ...elsewhere, port: refusingPort }) : undefined,
  ])
  const { accepted, faults } = callers
  const { refused } = others ?? callers
  return { perSecond: accepted.count / seconds, accepted, refused, health: healthOf(kept, fresh), faults }
}

/** The p99 of who waited longer. A question without an answer counts with the time that it has waited, a refused or broken one for ever. */
const healthOf = (...asked: CallerResult[]) =>
  Math.max(
    ...asked.map(({ accepted, refused, faults, oldest }) =>
      refused.count + Object.keys(faults).length > 0 ? Infinity : Math.max(accepted.p99, oldest),
    ),
  )

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
 * connections, without and with the flood in turns; the median of the ratios. The flood may be another server's.
 */
export async function feel(
  { port, seconds, floodedPort = port }: Pick<Measured, 'port' | 'seconds'> & { floodedPort?: number },
  flood: Flood,
  pairs: number,
): Promise<Felt> {
  const felt: Felt[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const quiet = await others(port, seconds)
    const [flooded] = await Promise.all([
      others(port, seconds),
      runCallers({ port: floodedPort, requests: [floods[flood]], connections: 200, warmUp, measure: seconds }),
    ])
    felt.push({
      quiet: quiet.p99,
      flooded: flooded.p99,
      ratio: flooded.p99 / quiet.p99,
      faults: quiet.faults + flooded.faults,
    })
  }
  const faults = felt.reduce((sum, one) => sum + one.faults, 0)
  return { ...medianBy(felt, ({ ratio }) => ratio), faults }
}

async function others(port: number, seconds: number): Promise<{ p99: number; faults: number }> {
  const job = { port, requests: [card('erp')], connections: 400, rate: 100, warmUp, measure: seconds }
  const [kept, fresh] = await Promise.all([runCallers(job), runCallers({ ...job, isFresh: true })])
  const faults = [kept, fresh].flatMap(({ faults, refused }) => [refused.count, ...Object.values(faults)])
  return { p99: Math.max(kept.accepted.p99, fresh.accepted.p99), faults: faults.reduce((sum, one) => sum + one, 0) }
}
