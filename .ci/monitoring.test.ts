// The files in docker/monitoring, as Prometheus itself reads them, and a scrape of a real server by a real Prometheus.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../test/support/start-program.ts'
import { testApp } from '../test/support/test-app.ts'
import { checkout, run, scratchFolder, start, textAt, until } from './programs.ts'

const folder = join(checkout, 'docker/monitoring')
const promtool = (...words: string[]) => run('promtool', words, { cwd: folder })

t.test('Prometheus takes the configuration and the alerts, and the alerts do what their tests say', async t => {
  t.match(await promtool('check', 'config', 'prometheus.yml'), /1 rule files found[\s\S]+valid prometheus config/)
  t.match(await promtool('check', 'rules', 'alerts.yml'), /SUCCESS: 14 rules found/)
  t.match(await promtool('test', 'rules', 'alerts.test.yml'), /SUCCESS/)
})

t.test('promtool finds nothing to say of the names and texts of a scrape', async t => {
  const { adminApp } = await testApp(t)
  const file = join(scratchFolder(t), 'metrics')
  writeFileSync(file, (await adminApp.inject({ url: '/metrics', headers: { accept: 'text/plain' } })).body)
  t.equal(await run('sh', ['-c', 'promtool check metrics < "$0"', file]), '')
})

t.test('a Prometheus with these files scrapes a server, in OpenMetrics', async t => {
  const objects = { source: 'http' as const, url: 'http://127.0.0.1:1/{{remoteKey}}', mapping: { summary: 'title' } }
  const { adminApp } = await testApp(t, { id: 'crm', organization: 'main' }, { id: 'erp', objects })
  const accepted: unknown[] = []
  adminApp.server.on('request', ({ headers }) => accepted.push(headers.accept))
  const { host } = new URL(await adminApp.listen({ host: '127.0.0.1', port: 0 }))
  const own = scratchFolder(t)
  cpSync(folder, own, { recursive: true })
  const file = join(own, 'prometheus.yml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('server:8081', host).replaceAll('15s', '1s'))
  const address = `127.0.0.1:${await freePort()}`
  const words = ['--config.file', file, '--storage.tsdb.path', join(own, 'data'), '--web.listen-address', address]
  const prometheus = start(t, 'prometheus', words, { cwd: own })
  const ask = async (expression: string) => {
    const text = await textAt(`http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`)
    const { data } = JSON.parse(text ?? '{"data":{"result":[]}}') as { data: { result: { metric: object }[] } }
    return data.result.length > 0 ? data.result : undefined
  }
  t.match(await until('a scrape', () => ask('up{job="tracker-links"} == 1'), prometheus), [
    { metric: { instance: host } },
  ])
  const calls = await until('calls', () => ask('tracker_links_calls_total{application="crm"}'), prometheus)
  t.equal(calls.length, 12)
  // Grafana is not asked, but each expression of its dashboard is, as it fills them in.
  for (const expression of dashboardExpressions())
    t.ok(await until(expression, () => ask(expression), prometheus), expression)
  t.match(accepted[0], /application\/openmetrics-text/)
})

/** What the panels of the dashboard ask for, of all applications. */
function dashboardExpressions(): string[] {
  const { panels } = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as {
    panels: { targets: { expr: string }[] }[]
  }
  return panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$application', '.+').replaceAll('$__rate_interval', '5s')),
  )
}
