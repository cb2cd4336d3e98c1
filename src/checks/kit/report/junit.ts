import { byGroup, type PlainReport, type PlainResult } from './plain-report.ts'

/**
 * A report in the form that build servers read (JUnit's XML): a suite for each group, a case for each check. A warning is a
 * passed case with a note.
 */
export function junitReport(report: PlainReport): string {
  const suites = byGroup(report).map(({ group, results }) => {
    const count = (...outcomes: string[]) => results.filter(({ outcome }) => outcomes.includes(outcome)).length
    const attributes = {
      name: group,
      tests: results.length,
      failures: count('fail'),
      skipped: count('skipped', 'not run'),
    }
    return `${tag('testsuite', attributes)}\n${results.map(testcase).join('\n')}\n</testsuite>`
  })
  const { counts, milliseconds, results, application } = report
  const whole = {
    name: `tracker-links check ${application.id}`,
    tests: results.length,
    failures: counts.fail,
    time: seconds(milliseconds),
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag('testsuites', whole)}\n${suites.join('\n')}\n</testsuites>\n`
}

function testcase(result: PlainResult): string {
  const { id, group, title, outcome, why = '', rule = '', milliseconds } = result
  const head = tag('testcase', { classname: group, name: `${id}: ${title}`, time: seconds(milliseconds) })
  const inside = {
    pass: '',
    fail: `${tag('failure', { message: rule })}${escaped(tell(result))}</failure>`,
    warn: `<system-out>${escaped(`warning: ${tell(result)}`)}</system-out>`,
    skipped: `${tag('skipped', { message: why })}</skipped>`,
    'not run': `${tag('skipped', { message: `not run: ${why}` })}</skipped>`,
  }[outcome]
  return `${head}${inside}</testcase>`
}

const tell = ({ rule, fix, source, curl }: PlainResult) =>
  [rule, `fix: ${fix}`, `source: ${source}`, ...(curl === undefined ? [] : [`try: ${curl}`])].join('\n')

const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(3)

const tag = (name: string, attributes: Record<string, string | number>) =>
  `<${name}${Object.entries(attributes)
    .map(([attribute, value]) => ` ${attribute}="${escaped(String(value))}"`)
    .join('')}>`

// XML has no way to write most control characters.
const impossible = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu
const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string) =>
  text.replace(impossible, '\u{fffd}').replace(/[&<>"]/g, character => names[character] ?? '')
