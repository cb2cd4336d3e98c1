// The npm package: what is in it, and that it starts in an empty folder.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ended, freePort } from '../test/support/start-program.ts'
import { checkout, plainEnvironment, run, scratchFolder, start, textAt, until } from './programs.ts'

const folder = scratchFolder(t)
const home = join(folder, 'home')
const packed = join(folder, 'packed')
const env = plainEnvironment()
let tarball = ''

t.test('npm pack puts in what is needed, compiled, and nothing else', { timeout: 120_000 }, async t => {
  mkdirSync(packed)
  await run('npm', ['pack', '--silent', '--pack-destination', packed], { cwd: checkout, env })
  const list = await run('sh', ['-c', 'ls *.tgz && tar -tzf *.tgz'], { cwd: packed, env })
  const [name = '', ...files] = list.trim().split('\n')
  tarball = join(packed, name)
  const paths = files.map(file => file.replace(/^package\//, ''))
  for (const path of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
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

t.test('installed into an empty folder it starts and shows a card', { timeout: 300_000 }, async t => {
  mkdirSync(home)
  await run('npm', ['install', '--no-fund', '--no-audit', tarball], { cwd: home, env })
  t.notOk(existsSync(join(home, 'node_modules/prisma')), 'without the Prisma CLI')
  const [port, adminPort] = [await freePort(), await freePort()]
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort), SANDBOX_PORT: '0' }
  const settings = plainEnvironment({ ...ports, DRAIN_SECONDS: '0' })
  const server = start(t, 'npx', ['tracker-links', 'serve'], { cwd: home, env: settings })
  const card = await until('a card', () => textAt(`http://127.0.0.1:${port}/demo/objects/1234`), server)
  t.match(JSON.parse(card), { key: '1234' })
  const page = await until('the page', async () => /\S+\/issues\/\S+/.exec(server.output())?.[0], server)
  t.match(await textAt(page), /Deploy service to production/, 'the sandbox shows it, too')
  t.match(server.output(), /No configuration file was found/)
  const program = join(home, 'node_modules/.bin/tracker-links')
  t.match(await run(program, ['health'], { cwd: home, env: settings }), /^ready/)
  // npx passes no signal on, so the server itself gets it; when it ends, npx does.
  const pid = await until('the log', async () => /"pid":(\d+)/.exec(server.output())?.[1], server)
  process.kill(Number(pid), 'SIGTERM')
  t.equal(await ended(server.child), 0, 'it ends with 0', { printed: server.output() })
})

t.test('an old Node is told in one line what to do', async t => {
  const pretend = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.20.2" })'
  const program = join(checkout, 'bin/tracker-links.js')
  await t.rejects(run('node', ['--import', pretend, program, 'help']), {
    message: /ended with 1:\ntracker-links needs Node 24 or newer; [^\n]+\n$/,
  })
})
