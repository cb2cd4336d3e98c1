import type { Check, Fault } from './check.ts'
import { came, exchange } from './exchange.ts'
import type { Kit } from './kit.ts'
import type { MadeLink } from './link-journal.ts'
import { inventedKey, removeAll } from './links.ts'

export type Outcome = 'pass' | 'fail' | 'warn' | 'skipped' | 'not run'

/** What came of a check. A broken `must` fails, another one warns. */
export type Result = {
  check: Check
  outcome: Outcome
  fault?: Fault
  /** Why it was skipped or not run. */
  why?: string
  milliseconds: number
}

export type KitReport = {
  results: readonly Result[]
  /** Why it is not known whether the application is ready. */
  untestable?: string
  /** Links of the kit that may still exist at the application. */
  left: readonly MadeLink[]
  calls: number
  milliseconds: number
}

/** Told after each check. */
export type Progress = (done: number, total: number, next: string | undefined) => void

/** Runs checks one after the other, then removes what they made; also if the run was ended by its signal. */
export async function runKit(kit: Kit, checks: readonly Check[], progress: Progress = () => {}): Promise<KitReport> {
  const started = performance.now()
  const obstacle = await findObstacle(kit)
  const results: Result[] = []
  for (const check of checks) {
    progress(results.length, checks.length, check.id)
    // The certificate may be the obstacle; nothing is sent to look at it.
    const isPossible = obstacle === undefined || check.group === 'tls'
    results.push(isPossible ? await runCheck(kit, check) : notRun(check, obstacle))
  }
  progress(checks.length, checks.length, undefined)
  const left = await removeAll(kit)
  const milliseconds = Math.round(performance.now() - started)
  const isExplained = results.some(({ outcome }) => outcome === 'fail')
  const untestable = isExplained ? undefined : (obstacle ?? (kit.signal.aborted ? wasEnded : undefined))
  return { results, ...(untestable && { untestable }), left, calls: kit.calls, milliseconds }
}

/** Why the application cannot be tested at all: nobody answers there. */
async function findObstacle(kit: Kit): Promise<string | undefined> {
  const { entityInfoUrl } = kit.target.application
  if (!entityInfoUrl) return undefined
  const first = await exchange(kit, { kind: 'entityInfo', remoteKeys: [kit.target.objects[0] ?? inventedKey(kit)] })
  return first.outcome.state === 'failed' ? came(first) : undefined
}

async function runCheck(kit: Kit, check: Check): Promise<Result> {
  if (kit.signal.aborted) return notRun(check, wasEnded)
  const started = performance.now()
  const verdict = await check.run(kit)
  const milliseconds = Math.round(performance.now() - started)
  if (kit.signal.aborted) return notRun(check, wasEnded)
  if (verdict === 'passed') return { check, outcome: 'pass', milliseconds }
  if ('skipped' in verdict) return { check, outcome: 'skipped', why: verdict.skipped, milliseconds }
  return { check, outcome: check.level === 'must' ? 'fail' : 'warn', fault: verdict.fault, milliseconds }
}

const wasEnded = 'the run was ended before its end'

const notRun = (check: Check, why: string): Result => ({ check, outcome: 'not run', why, milliseconds: 0 })
