import { type Group, groups, type Level } from '../check.ts'
import type { Exchange } from '../exchange.ts'
import type { Kit } from '../kit.ts'
import type { MadeLink } from '../link-journal.ts'
import type { KitReport, Outcome, Result } from '../run-kit.ts'
import { type Came, cameOf, curlOf, type Sent, sentOf } from './tell-exchange.ts'

/** A result as it is written down. It holds no token. */
export type PlainResult = {
  id: string
  group: Group
  level: Level
  title: string
  outcome: Outcome
  /** Where the rule comes from. */
  source: string
  milliseconds: number
  /** Why it was skipped or not run. */
  why?: string
  /** What is wrong, what to do, what was sent, what came, and a command that shows it. */
  rule?: string
  fix?: string
  sent?: Sent
  came?: Came
  curl?: string
}

export type Counts = Record<Outcome, number>

/** A run as it is written down. `verdict` and `line` come first, because they are what most readers want. */
export type PlainReport = {
  verdict: 'ready' | 'not ready' | 'not tested'
  /** The verdict in a line. */
  line: string
  application: { id: string; entityInfoUrl?: string; createLinkUrl?: string; removeLinkUrl?: string }
  startedAt: string
  milliseconds: number
  calls: number
  counts: Counts
  results: PlainResult[]
  /** Links that the kit made and could not remove. */
  left: MadeLink[]
  /** Since an earlier report: what is wrong now and was not, and the other way round. */
  since?: { broken: string[]; mended: string[] }
}

/** A run as plain data: for JSON, and what all other forms of a report are made from. */
export function plainReport(
  kit: Kit,
  report: KitReport,
  more: { startedAt: Date; baseline?: PlainReport },
): PlainReport {
  const { results, untestable, left, calls, milliseconds } = report
  const { id, entityInfoUrl, createLinkUrl, removeLinkUrl } = kit.target.application
  const since = more.baseline && compare(more.baseline, results)
  const counts = countsOf(results)
  const verdict = untestable ? 'not tested' : counts.fail > 0 ? 'not ready' : 'ready'
  return {
    verdict,
    line: lineOf(verdict, counts, report),
    application: {
      id,
      ...(entityInfoUrl && { entityInfoUrl }),
      ...(createLinkUrl && { createLinkUrl }),
      ...(removeLinkUrl && { removeLinkUrl }),
    },
    startedAt: more.startedAt.toISOString(),
    milliseconds,
    calls,
    counts,
    results: results.map(plainResult),
    left: [...left],
    ...(since && { since }),
  }
}

/** The groups of a report with their results, in its order. */
export const byGroup = ({ results }: PlainReport): { group: Group; results: PlainResult[] }[] =>
  groups
    .map(group => ({ group, results: results.filter(result => result.group === group) }))
    .filter(({ results }) => results.length > 0)

/** How many results there are of each outcome. */
export function countsOf(results: readonly { outcome: Outcome }[]): Counts {
  const counts: Counts = { pass: 0, fail: 0, warn: 0, skipped: 0, 'not run': 0 }
  for (const { outcome } of results) counts[outcome]++
  return counts
}

function plainResult({ check, outcome, fault, why, milliseconds }: Result): PlainResult {
  const { id, group, level, title, source } = check
  return {
    id,
    group,
    level,
    title,
    outcome,
    source,
    milliseconds,
    ...(why !== undefined && { why }),
    ...(fault && { rule: fault.rule, fix: fault.fix, ...tellExchange(fault.exchange) }),
  }
}

function tellExchange(exchange: Exchange | undefined): Pick<PlainResult, 'sent' | 'came' | 'curl'> {
  if (!exchange) return {}
  const came = cameOf(exchange)
  return { sent: sentOf(exchange), ...(came && { came }), curl: curlOf(exchange) }
}

function lineOf(verdict: PlainReport['verdict'], counts: Counts, { untestable, results, left }: KitReport): string {
  if (verdict === 'not tested') return `NOT TESTED  ${untestable}`
  const rest = [
    ...(counts.warn > 0 ? [`${counts.warn} ${counts.warn === 1 ? 'warning' : 'warnings'}`] : []),
    ...(counts['not run'] > 0 ? [`${counts['not run']} not run`] : []),
    ...(left.length > 0 ? [`${left.length} links could not be removed`] : []),
  ]
  if (verdict === 'ready') return ['READY', [`${counts.pass} checks passed`, ...rest].join(', ')].join('  ')
  const failed = results.filter(({ outcome }) => outcome === 'fail').map(({ check }) => check.id)
  return `NOT READY  ${[failed.join(', '), ...rest].join('; ')}`
}

const isWrong = (outcome: Outcome) => outcome === 'fail' || outcome === 'warn'

function compare(earlier: PlainReport, results: readonly Result[]): { broken: string[]; mended: string[] } {
  const before = new Set(earlier.results.filter(({ outcome }) => isWrong(outcome)).map(({ id }) => id))
  const now = results.filter(({ outcome }) => isWrong(outcome)).map(({ check }) => check.id)
  const right = new Set(results.filter(({ outcome }) => outcome === 'pass').map(({ check }) => check.id))
  return { broken: now.filter(id => !before.has(id)), mended: [...before].filter(id => right.has(id)) }
}
