// The files in docker/monitoring and docs/monitoring.md, against the metrics that there are.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { type Metric, metrics } from '../../src/metrics/catalogue.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
type Alert = { alert: string; expr: string; annotations: { doctor: string; summary: string } }
const alerts: Alert[] = parse(read('docker/monitoring/alerts.yml')).groups[0].rules
type Dashboard = {
  panels: { title: string; targets: { expr: string }[] }[]
  templating: { list: { query: { query: string } }[] }
}
const dashboard: Dashboard = JSON.parse(read('docker/monitoring/dashboard.json'))
const page = read('docs/monitoring.md')

const known = new Map(
  metrics.flatMap((metric: Metric) =>
    metric.type === 'histogram'
      ? ['_bucket', '_sum', '_count'].map(part => [metric.name + part, [...metric.labels, 'le']] as const)
      : [[metric.name, metric.labels] as const],
  ),
)
/** Prometheus makes them itself. */
const ownLabels = ['job', 'instance']
const expressions = [
  ...alerts.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...dashboard.templating.list.map(({ query }) => query.query),
]

t.test('every metric of a dashboard or an alert exists, with the labels that they look at', async t => {
  for (const expression of expressions) {
    const found = [...expression.matchAll(/\b((?:tracker_links|process)_\w+|up)\b(?:\{([^}]*)\})?/g)]
    t.ok(found.length > 0, expression)
    for (const [, name = '', selector = ''] of found) {
      if (name !== 'up') t.ok(known.has(name), `${name} in ${expression}`)
      const labels = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label)
      const has = [...ownLabels, ...(known.get(name) ?? [])]
      t.same(
        labels.filter(label => !has.includes(label)),
        [],
        expression,
      )
    }
    const by = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '))
    const all = [...ownLabels, ...found.flatMap(([, name = '']) => known.get(name) ?? [])]
    t.same(
      by.filter(label => !all.includes(label)),
      [],
      expression,
    )
  }
})

t.test('the dashboard shows every kind of metric', async t => {
  const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n')
  // What only explains others, or is of use in a look by hand.
  const left = [
    'process_start_time_seconds',
    'tracker_links_applications',
    'tracker_links_workers',
    'tracker_links_worker_restarts_total',
    'tracker_links_scrape_database_age_seconds',
  ]
  t.same(
    metrics.map(({ name }) => name).filter(name => !shown.includes(name)),
    left.toSorted(
      (one, other) => metrics.findIndex(({ name }) => name === one) - metrics.findIndex(({ name }) => name === other),
    ),
  )
})

t.test('docs/monitoring.md tells of each alert, with the command that it carries', async t => {
  const sections = [...page.matchAll(/^### (\w+)\n\n(.+)\n\n`(.+)`$/gm)].map(
    ([, name, , command]) => `${name}: ${command}`,
  )
  t.same(
    sections,
    alerts.map(
      ({ alert, annotations }) => `${alert}: ${annotations.doctor.replace('{{ $labels.application }}', 'APP')}`,
    ),
  )
})

t.test('docs/monitoring.md lists the metrics as the code has them', async t => {
  const rows = [...page.matchAll(/^\| `((?:tracker_links|process)_\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$/gm)]
  t.same(
    rows.map(([, name, type, labels = '', help]) => ({
      name,
      type,
      help,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    })),
    metrics,
  )
})

t.test('names are those that Prometheus asks for', async t => {
  for (const { name, type } of metrics) {
    t.equal(name.endsWith('_total'), type === 'counter', name)
    t.notMatch(name, /milli|_ms$|minutes/)
  }
})

t.test('each alert has a test in which it fires, and one in which it is silent', async t => {
  const { tests }: { tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[] } = parse(
    read('docker/monitoring/alerts.test.yml'),
  )
  const cases = tests.flatMap(test => test.alert_rule_test)
  for (const { alert } of alerts) {
    const own = cases.filter(({ alertname }) => alertname === alert)
    t.ok(
      own.some(({ exp_alerts: expected }) => expected.length > 0) &&
        own.some(({ exp_alerts: expected }) => expected.length === 0),
      alert,
    )
  }
})
