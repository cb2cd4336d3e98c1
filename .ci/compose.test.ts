// The Compose files as Compose itself reads them, without an engine.
import { copyFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { checkout, plainEnvironment, run, scratchFolder } from './programs.ts'

type Merged = {
  services: Record<string, Service>
}
type Service = {
  ports?: { published: number }[]
  scale?: number
  secrets?: { source: string }[]
  build?: unknown
  environment?: Record<string, string>
}

t.test('Compose takes docker-compose.yml, and publishes 80 and 443 only', async t => {
  const { services } = await merge(t, [])
  t.same(Object.keys(services).sort(), ['database', 'proxy', 'server'])
  const ports = Object.values(services).flatMap(({ ports = [] }) => ports.map(({ published }) => published))
  t.same(ports, [80, 443, 443])
})

t.test('Compose says what to do if the public host name is missing', async t => {
  await t.rejects(merge(t, [], {}), { message: /PUBLIC_HOST=links\.example\.com/ })
})

t.test('the overlay for an external database starts none, and gives the server its CA', async t => {
  const { services } = await merge(t, ['docker/compose.external-database.yml'])
  t.equal(services.database?.scale, 0)
  t.same(services.server?.secrets?.map(({ source }) => source).sort(), ['crm-token', 'database-ca', 'database-url'])
})

t.test('the overlay for replicas adds a server like the first, and tells the proxy of both', async t => {
  const { services } = await merge(t, ['docker/compose.replicas.yml'])
  t.same(Object.keys(services).sort(), ['database', 'proxy', 'server', 'server-2'])
  const { build: _, ...first } = services.server ?? {}
  t.same(services['server-2'], first)
  t.equal(services.proxy?.environment?.UPSTREAM, 'server:8080 server-2:8080')
  t.equal(services.proxy?.environment?.PUBLIC_HOST, 'links.example.com')
  const published = Object.values(services).flatMap(({ ports = [] }) => ports.map(port => port.published))
  t.same(published, [80, 443, 443])
})

t.test(
  'the overlay for monitoring lets Prometheus reach the admin port, and publishes to this machine only',
  async t => {
    const { services } = await merge(t, ['docker/compose.monitoring.yml'])
    t.same(Object.keys(services).sort(), ['database', 'grafana', 'prometheus', 'proxy', 'server'])
    t.equal(services.server?.environment?.ADMIN_ALLOWED_HOSTS, 'server')
    t.same(services.server?.ports, undefined)
    for (const name of ['prometheus', 'grafana'])
      t.match(JSON.stringify(services[name]?.ports), /^\[[^,]*127\.0\.0\.1/, name)
  },
)

/** What Compose makes of docker-compose.yml and overlays, in a folder of its own, so that it reads no .env. */
async function merge(
  t: Test,
  overlays: readonly string[],
  env: NodeJS.ProcessEnv = { PUBLIC_HOST: 'links.example.com' },
): Promise<Merged> {
  const folder = scratchFolder(t)
  copyFileSync(join(checkout, 'docker-compose.yml'), join(folder, 'docker-compose.yml'))
  cpSync(join(checkout, 'docker'), join(folder, 'docker'), { recursive: true })
  const files = ['docker-compose.yml', ...overlays].flatMap(file => ['-f', file])
  const { PUBLIC_HOST: _, ...plain } = plainEnvironment()
  const printed = await run('docker-compose', [...files, 'config'], { cwd: folder, env: { ...plain, ...env } })
  // Debian's old Compose does not mount configs, and prints a note about that before the document.
  return parse(printed.slice(printed.search(/^(configs|networks|secrets|services):/m))) as Merged
}
