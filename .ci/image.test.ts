// What the Dockerfile builds and starts, without an engine: its own lines, run in folders in place of images.
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readDockerfile, readEnv, readWords, type Stage, textsOf } from '../test/support/read-dockerfile.ts'
import { freePort } from '../test/support/start-program.ts'
import { buildImage } from './build-image.ts'
import { startCaddy } from './caddy.ts'
import { type Container, imageUser, startContainer } from './container.ts'
import { checkout, scratchFolder, textAt, until } from './programs.ts'

const stages = readDockerfile(join(checkout, 'Dockerfile'))
const image = stages.at(-1) as Stage
const command = ['ENTRYPOINT', 'CMD'].flatMap(word => readWords(textsOf(image, word)[0] ?? ''))
const healthCommand = readWords(/CMD (.*)$/.exec(textsOf(image, 'HEALTHCHECK')[0] ?? '')?.[1] ?? '')
const folder = scratchFolder(t)
const [port, adminPort] = [await freePort(), await freePort()]
const address = `http://127.0.0.1:${port}`
let app = ''
let env: NodeJS.ProcessEnv = {}

t.test('every stage of the Dockerfile builds', { timeout: 400_000 }, async t => {
  // The user of the image has to enter the folder.
  chmodSync(folder, 0o711)
  const root = await buildImage(t, stages, folder)
  app = join(root, 'app')
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  if (process.getuid?.() === 0) chownSync(data, imageUser.uid, imageUser.gid)
  env = {
    ...readEnv(image),
    // A trial of the sample, as docs/deploy.md has it: in production it is not served.
    NODE_ENV: '',
    SANDBOX_PORT: '0',
    PATH: `${root}/usr/local/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    // A container would have its own network and its own folders.
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    DATA_DIR: data,
    DRAIN_SECONDS: '0',
  }
})

t.test('the image holds no Prisma CLI, no compiler, no sources and no tests', async t => {
  const packages = join(app, 'node_modules')
  for (const name of [
    'prisma',
    '@prisma/engines',
    '@prisma/schema-engine-wasm',
    '@scarf/scarf',
    '@prisma/client/runtime/query_compiler_fast_bg.mysql.wasm-base64.mjs',
    'typescript',
    'tap',
    '@biomejs/biome',
    'node',
    'npm',
  ])
    t.notOk(existsSync(join(packages, name)), name)
  for (const name of ['src', 'test', 'scripts', 'package-lock.json', '.npmrc'])
    t.notOk(existsSync(join(app, name)), name)
  const compiled = readdirSync(join(app, 'dist'), { recursive: true, encoding: 'utf8' })
  t.ok(compiled.includes('cli/main.js'))
  t.notOk(
    compiled.some(name => name.endsWith('.ts') && !name.endsWith('.d.ts')),
    'compiled only',
  )
})

t.test('it starts as the Dockerfile says, tells its health, shows cards, and stops on SIGTERM', async t => {
  const container = await startHealthy(t)
  t.match(JSON.parse((await textAt(`${address}/demo/objects/1234`)) ?? '{}'), { key: '1234' })
  const proxy = await startCaddy(t, `127.0.0.1:${port}`)
  for (const slash of ['%2F', '%2f', '/']) {
    const key = ['group', 'project', '-', 'merge_requests', '7'].join(slash)
    const card = await textAt(`http://127.0.0.1:${proxy.port}/demo/objects/${key}`)
    t.match(JSON.parse(card ?? '{}'), { key: 'group/project/-/merge_requests/7' }, `through the proxy, with ${slash}`)
  }
  t.equal(await container.stop(), 0, 'it ends with 0', { printed: container.program.output() })
})

t.test('a killed container starts again by itself, and nothing that was acknowledged is lost', async t => {
  for (let cycle = 1; cycle <= 5; cycle++) {
    const container = await startHealthy(t)
    const body = JSON.stringify({ issueKey: `CYCLE-${cycle}`, entityIds: ['1234'] })
    const headers = { 'content-type': 'application/json' }
    t.equal((await fetch(`${address}/demo/links`, { method: 'POST', headers, body })).status, 201)
    await container.kill()
  }
  const container = await startHealthy(t)
  const listed = await container.exec(['tracker-links', 'links', 'list', '--json'])
  for (let cycle = 1; cycle <= 5; cycle++) t.match(listed, `"CYCLE-${cycle}"`)
  t.equal(await container.stop(), 0, 'it ends with 0', { printed: container.program.output() })
})

/** Starts what the container would run, and waits until the command of HEALTHCHECK succeeds. */
async function startHealthy(t: Test): Promise<Container> {
  const container = startContainer(t, command, { cwd: app, env })
  await until('healthy', () => container.exec(healthCommand), container.program)
  return container
}
