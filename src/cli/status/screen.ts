import { severityOf } from '../../checks/doctor/finding.ts'
import { mostCounted } from '../../storage/mirror/mirror-views.ts'
import { mostLinksCounted } from '../../storage/reconciliation/application-totals.ts'
import { formatTable, shown, visible } from '../terminal-text.ts'
import type { Look, Seen } from './look-at-all.ts'

const headings = ['APPLICATION', 'STATE', 'CALLS/H', 'ERRORS', 'P99 MS', 'WAITING']

/** One line per application, at most `width` wide, and below it what to do next, `typed` as it can be copied. */
export function screenText({ at, away, seen }: Look, width: number, typed: (next: string) => string): string {
  const [head = '', ...lines] = formatTable(headings, seen.map(row)).split('\n')
  const rows = seen.flatMap((one, index) => [shown(lines[index] ?? '', width), ...nextLine(one, typed)])
  return [
    ...(away === undefined ? [] : [`DATABASE AWAY ${visible(away)}`, '']),
    shown(head, width),
    ...rows,
    `at ${at.toISOString()}`,
  ].join('\n')
}

const nextLine = ({ findings: [worst] }: Seen, typed: (next: string) => string): string[] =>
  worst === undefined ? [] : [`  ${worst.code} next: ${visible(typed(worst.next))}`]

/** The widths of these cells and of what stands between them are 80 columns at most. */
const row = ({ application, state, lastHour, backlog }: Seen): string[] => [
  shown(application.id, 16),
  shown(state, 23),
  lastHour === undefined ? '-' : `${lastHour.calls}`,
  lastHour === undefined ? '-' : `${lastHour.errors}`,
  lastHour?.p99?.toFixed(1) ?? '-',
  backlog === undefined ? '-' : upTo(backlog.waiting, mostCounted),
]

const upTo = (count: number, most: number) => (count >= most ? `${most}+` : `${count}`)

/** Something must be done. */
export const mustAct = ({ away, seen }: Look): boolean =>
  away !== undefined || seen.some(({ findings }) => findings.some(one => severityOf(one) === 'must'))

/** The same as a value to print. */
export const lookValue = ({ at, away, seen }: Look) => ({
  lookedAt: at.toISOString(),
  database: away === undefined ? null : { away },
  applications: seen.map(({ application, state, findings, lastHour, totals, backlog }) => ({
    application: application.id,
    state,
    findings: findings.map(({ code, says, next, since }) => ({
      code,
      says,
      next,
      since: since?.toISOString() ?? null,
    })),
    lastHour: lastHour === undefined ? null : hourValue(lastHour),
    links: totals === undefined ? null : { count: totals.links, more: totals.links >= mostLinksCounted },
    waiting: backlog?.waiting ?? null,
    oldestSince: backlog?.oldest?.toISOString() ?? null,
    lastReconciliation:
      totals?.runStartedAt == null ? null : { state: totals.runState, startedAt: totals.runStartedAt.toISOString() },
  })),
})

const hourValue = ({ calls, errors, p50, p99, lastAt, lastGoodAt }: NonNullable<Seen['lastHour']>) => ({
  calls,
  errors,
  p50,
  p99,
  lastAt: lastAt?.toISOString() ?? null,
  lastGoodAt: lastGoodAt?.toISOString() ?? null,
})
