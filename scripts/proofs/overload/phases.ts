import type { CallerJob, CallerResult, Times } from './caller-job.ts'
import { card, creation, health, runCallers, unknownAddress } from './run-callers.ts'

/** What is measured of a server: its port, that of a program that only refuses, and seconds for each measurement. */
export type Measured = { port: number; refusingPort: number; seconds: number }

/** Seconds. */
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

/** `health`: milliseconds that an answer about the health took, see `healthOf`. `faults` are those of callers, and all of the health's. */
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

/**
 * The peak, the overload and what is beside it in turns, and the peak once more: each is compared with the peaks before and after it, since the
 * speed of a machine drifts. Every figure is the median of its turns; faults are those of all.
 */
export async function overload(measured: Measured, name: OverloadName, turns: number): Promise<Overload> {
  const { isOpen = false, ...how } = overloads[name] as { connections: number; isPatient?: boolean; isOpen?: boolean }
  const requests = [creation('crm', isOpen ? manyObjects : 1)]
  const peakCalls = { requests, connections: peakCallers }
  const peaks = [await loaded(measured, peakCalls)]
  const overs: Load[] = []
  const besides: Load[] = []
  for (let turn = 0; turn < turns; turn++) {
    const rate = isOpen ? { rate: 3 * (peaks.at(-1) as Load).perSecond } : {}
    const over = await loaded(measured, { requests, ...how, ...rate, warmUp: longWarmUp })
    const refused = { requests, connections: how.connections, rate: over.refused.count / measured.seconds }
    overs.push(over)
    besides.push(await loaded(measured, peakCalls, refused))
    peaks.push(await loaded(measured, peakCalls))
  }
  const share = (loads: readonly Load[], figure: (load: Load) => number) => medianRatio(peaks, loads, figure)
  return {
    peak: typical(peaks),
    over: typical(overs),
    beside: typical(besides),
    letIn: share(overs, ({ perSecond }) => perSecond),
    slower: share(overs, ({ accepted }) => accepted.p99),
    besideLetIn: share(besides, ({ perSecond }) => perSecond),
  }
}

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] as number

/** The median of the ratios of each turn to what was measured before and after it. */
function medianRatio<T>(around: readonly T[], turns: readonly T[], figure: (one: T) => number): number {
  const usual = (turn: number) => (figure(around[turn] as T) + figure(around[turn + 1] as T)) / 2
  return median(turns.map((one, turn) => figure(one) / usual(turn)))
}

function typical(loads: readonly Load[]): Load {
  const of = (figure: (load: Load) => number) => median(loads.map(figure))
  const times = (which: (load: Load) => Times): Times => ({
    count: of(load => which(load).count),
    p50: of(load => which(load).p50),
    p99: of(load => which(load).p99),
    max: of(load => which(load).max),
  })
  return {
    perSecond: of(({ perSecond }) => perSecond),
    accepted: times(({ accepted }) => accepted),
    refused: times(({ refused }) => refused),
    health: of(({ health }) => health),
    faults: sumOf(loads.map(({ faults }) => faults)),
  }
}

function sumOf(all: readonly CallerResult['faults'][]): CallerResult['faults'] {
  const sum: CallerResult['faults'] = {}
  for (const [what, count] of all.flatMap(faults => Object.entries(faults))) sum[what] = (sum[what] ?? 0) + count
  return sum
}

type Callers = Pick<CallerJob, 'requests' | 'connections' | 'rate' | 'isPatient'> & { warmUp?: number }

/**
 * Callers, two who ask for the health, one of them over a new connection each time as a balancer may, and callers of the program that
 * only refuses: then the refusals are theirs.
 */
async function loaded({ port, refusingPort, seconds }: Measured, job: Callers, elsewhere?: Callers): Promise<Load> {
  const measuring = { port, warmUp: job.warmUp ?? warmUp, measure: seconds }
  const asking = { ...measuring, requests: [health], connections: 50, rate: 20 }
  const [callers, kept, fresh, others] = await Promise.all([
    runCallers({ ...measuring, ...job }),
    runCallers(asking),
    runCallers({ ...asking, isFresh: true }),
    elsewhere?.rate ? runCallers({ ...measuring, ...elsewhere, port: refusingPort }) : undefined,
  ])
  const { accepted } = callers
  const { refused } = others ?? callers
  const faults = sumOf([callers.faults, ...[kept, fresh].map(healthFaults)])
  return { perSecond: accepted.count / seconds, accepted, refused, health: healthOf(kept, fresh), faults }
}

/** The p99 of who waited longer. A question without an answer counts with the time that it has waited. */
const healthOf = (...asked: CallerResult[]) =>
  Math.max(...asked.map(({ accepted, oldest }) => Math.max(accepted.p99, oldest)))

/** Questions for the health that were refused or broken. */
function healthFaults({ refused, faults }: CallerResult): CallerResult['faults'] {
  const all = refused.count > 0 ? { ...faults, refused: refused.count } : faults
  return Object.fromEntries(Object.entries(all).map(([what, count]) => [`health: ${what}`, count]))
}

/** Floods of calls that must not be felt by others. */
export const floods = {
  'wrong tokens': card('crm', 'not-a-token-of-anybody'),
  'unknown addresses': unknownAddress,
  "another application's cards": card('crm'),
} as const
export type Flood = keyof typeof floods

/** Milliseconds without and with a flood, their ratio, and how many calls of others failed. */
export type Felt = { quiet: number; flooded: number; ratio: number; faults: number }

/**
 * What others feel of a flood of 200 callers: the p99 of 200 cards a second of another application, half of them over new
 * connections, of the server at the first of `ports`. In turns without a flood and with one of the server at each of `ports`, and without it once
 * more; medians, and the faults of all. A result for each port.
 */
export async function feel<Ports extends readonly [number, ...number[]]>(
  ports: Ports,
  seconds: number,
  flood: Flood,
  turns: number,
): Promise<{ [Port in keyof Ports]: Felt }> {
  const [port] = ports
  const quiet = [await others(port, seconds)]
  const floodsOf = ports.map(floodedPort => ({ floodedPort, felt: [] as Others[] }))
  for (let turn = 0; turn < turns; turn++) {
    for (const { floodedPort, felt } of floodsOf) {
      const callers = { port: floodedPort, requests: [floods[flood]], connections: 200, warmUp, measure: seconds }
      const [one] = await Promise.all([others(port, seconds), runCallers(callers)])
      felt.push(one)
    }
    quiet.push(await others(port, seconds))
  }
  return floodsOf.map(({ felt }) => feltIn(quiet, felt)) as { [Port in keyof Ports]: Felt }
}

type Others = { p99: number; faults: number }

const feltIn = (quiet: readonly Others[], flooded: readonly Others[]): Felt => ({
  quiet: median(quiet.map(p99Of)),
  flooded: median(flooded.map(p99Of)),
  ratio: medianRatio(quiet, flooded, p99Of),
  faults: [...quiet, ...flooded].reduce((sum, { faults }) => sum + faults, 0),
})

const p99Of = ({ p99 }: Others) => p99

async function others(port: number, seconds: number): Promise<Others> {
  const job = { port, requests: [card('erp')], connections: 400, rate: 100, warmUp, measure: seconds }
  const [kept, fresh] = await Promise.all([runCallers(job), runCallers({ ...job, isFresh: true })])
  const faults = [kept, fresh].flatMap(({ faults, refused }) => [refused.count, ...Object.values(faults)])
  return { p99: Math.max(kept.accepted.p99, fresh.accepted.p99), faults: faults.reduce((sum, one) => sum + one, 0) }
}
