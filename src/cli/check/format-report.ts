import { byGroup, countsOf, type PlainReport, type PlainResult } from '../../checks/kit/report/plain-report.ts'
import { counted, visible } from '../terminal-text.ts'

/** A report for a person: the verdict, a line for each group, then what is wrong, and nothing else unless `all` is asked for. */
export function formatReport(report: PlainReport, { all }: { all: boolean }): string {
  const { line, since, left, calls, milliseconds } = report
  const wrong = report.results.filter(({ outcome }) => outcome === 'fail' || outcome === 'warn')
  return [
    visible(line),
    ...(since ? [`since the baseline: new ${listed(since.broken)}; mended ${listed(since.mended)}`] : []),
    byGroup(report).map(groupLine).join('\n'),
    ...wrong.map(formatFault),
    ...(all ? [report.results.map(formatResult).join('\n')] : skippedLines(report)),
    ...(left.length > 0 ? [leftLines(report)] : []),
    `${counted(report.results.length, 'check')}, ${counted(calls, 'call')}, ${(milliseconds / 1_000).toFixed(1)} s`,
  ].join('\n\n')
}

/** 0 ready, 1 a must failed, 2 warnings with `--strict`, 3 not tested. With a baseline only what is new counts. */
export function exitCodeOf({ verdict, results, since }: PlainReport, { strict }: { strict: boolean }): number {
  if (verdict === 'not tested') return 3
  const counting = since ? results.filter(({ id }) => since.broken.includes(id)) : results
  if (counting.some(({ outcome }) => outcome === 'fail')) return 1
  return strict && counting.some(({ outcome }) => outcome === 'warn') ? 2 : 0
}

const listed = (ids: readonly string[]) => (ids.length > 0 ? ids.join(', ') : 'nothing')

function groupLine({ group, results }: ReturnType<typeof byGroup>[number]): string {
  const { pass, fail, warn, skipped, 'not run': notRun } = countsOf(results)
  const parts = Object.entries({ passed: pass, failed: fail, warned: warn, skipped, 'not run': notRun })
  const told = parts.filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`)
  return `${group.padEnd(15)}${told.join(', ')}`
}

/** Checks that are named beside the reason that they share. */
const mostListed = 12

/** Reasons why checks were skipped or not run, each once. */
function skippedLines({ results }: PlainReport): string[] {
  const skipped = results.filter(({ why }) => why !== undefined)
  if (skipped.length === 0) return []
  const byReason = Map.groupBy(skipped, ({ outcome, why }) => `${outcome}: ${why}`)
  const told = Array.from(byReason, ([reason, all]) => {
    const ids = all.length > mostListed ? counted(all.length, 'check') : all.map(({ id }) => id).join(', ')
    return visible(`${reason} (${ids})`)
  })
  return [told.join('\n')]
}

const formatResult = ({ outcome, id, level, title, why }: PlainResult) =>
  visible(`${outcome.padEnd(8)} ${id.padEnd(26)} ${level.padEnd(9)} ${title}${why === undefined ? '' : ` (${why})`}`)

function formatFault({
  outcome,
  id,
  level,
  title,
  rule = '',
  fix = '',
  source,
  sent,
  came,
  curl,
}: PlainResult): string {
  const lines = {
    rule,
    fix,
    source,
    ...(sent && { sent: [`${sent.method} ${sent.address}`, ...headerLines(sent.headers), sent.body ?? ''] }),
    ...(came && {
      came:
        'failed' in came
          ? came.failed
          : [`${came.status} in ${came.milliseconds} ms`, ...headerLines(came.headers), came.body],
    }),
    ...(curl && { try: curl }),
  }
  const told = Object.entries(lines).flatMap(([name, text]) =>
    [text]
      .flat()
      .flatMap(part => part.split('\n'))
      .filter(part => part !== '')
      .map((part, index) => `  ${(index === 0 ? name : '').padEnd(8)}${visible(part)}`),
  )
  return [`${outcome.toUpperCase()}  ${id}  ${level}: ${title}`, ...told].join('\n')
}

const headerLines = (headers: Record<string, string>) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`)

const leftLines = ({ left }: PlainReport) =>
  [
    'These links of the kit may still be there; the next run tries to remove them again:',
    ...left.map(({ issueKey, remoteKey }) => visible(`  ${issueKey}  ${remoteKey}`)),
  ].join('\n')
