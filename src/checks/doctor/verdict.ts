import { findings, type Group, type Severity } from './catalogue.ts'
import { type Finding, groupsOf, severityOf } from './finding.ts'

/** What an answer of the doctor says of a whole look. */
export const verdicts = [
  'OK',
  'NOT SHOWN',
  'OUT OF DATE',
  'NOT CREATED',
  'NOT REMOVED',
  'NOT REGISTERED',
  'NOT AGREED',
  'CANNOT TELL',
  'WARNING',
] as const
export type Verdict = (typeof verdicts)[number]

const broken: Readonly<Record<Group, Verdict>> = {
  card: 'NOT SHOWN',
  create: 'NOT CREATED',
  remove: 'NOT REMOVED',
  register: 'NOT REGISTERED',
  agree: 'NOT AGREED',
}

/** What a finding means for those who wait. */
export function verdictOf(finding: Finding): Verdict {
  const severity = severityOf(finding)
  if (severity === 'unknown') return 'CANNOT TELL'
  if (finding.isShownOld) return 'OUT OF DATE'
  return severity === 'warning' ? 'WARNING' : broken[groupsOf(finding)[0] as Group]
}

/** The page of a finding, from the root of the project. */
export const pageOf = ({ code }: Finding): string => `docs/findings.md#${code.toLowerCase()}`

/** A finding in one line: `NOT SHOWN TLK-C12 token refused since 02:14 (crm, TEST-7 -> D-1)`. */
function firstLine(finding: Finding): string {
  const { code, says, applicationId, issueKey, remoteKey } = finding
  const link = [issueKey, remoteKey].filter(key => key !== undefined).join(' -> ')
  const about = [applicationId, link].filter(Boolean).join(', ')
  return `${verdictOf(finding)} ${code} ${says}${about === '' ? '' : ` (${about})`}`
}

/** The whole report, as lines: of each finding the verdict, what to do, and what shows it. */
export function reportLines(found: readonly Finding[]): string[] {
  if (found.length === 0) return ['OK']
  return found.flatMap((finding, place) => [
    ...(place > 0 ? [''] : []),
    firstLine(finding),
    `next: ${finding.next}`,
    ...finding.evidence.map(line => `  ${line}`),
    `  more: ${pageOf(finding)}`,
  ])
}

/** A finding for programs. */
export const findingJson = (finding: Finding) => ({
  code: finding.code,
  state: findings[finding.code].state,
  severity: severityOf(finding) satisfies Severity,
  groups: groupsOf(finding),
  verdict: verdictOf(finding),
  says: finding.says,
  next: finding.next,
  evidence: finding.evidence,
  application: finding.applicationId ?? null,
  issueKey: finding.issueKey ?? null,
  remoteKey: finding.remoteKey ?? null,
  since: finding.since?.toISOString() ?? null,
  page: pageOf(finding),
})

/** 0: nothing to do; 1: something must be done; 2: warnings, and they count; 3: something could not be looked at. */
export function exitCodeOf(found: readonly Finding[], { isStrict }: { isStrict: boolean }): 0 | 1 | 2 | 3 {
  const has = (severity: Severity) => found.some(finding => severityOf(finding) === severity)
  if (has('must')) return 1
  if (has('unknown')) return 3
  return isStrict && has('warning') ? 2 : 0
}

/** Without what was found twice, such as once for each application. */
export function withoutRepeats(found: readonly Finding[]): Finding[] {
  const names = new Set<string>()
  return found.filter(({ code, says, applicationId, issueKey, remoteKey }) => {
    const name = JSON.stringify([code, says, applicationId, issueKey, remoteKey])
    return !names.has(name) && names.add(name)
  })
}
