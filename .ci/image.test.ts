// Builds what the Dockerfile builds, by the Dockerfile's own lines, in folders instead of images, and starts it.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { readCopy, readDockerfile, readEnv, readWords, type Stage, textsOf } from '../test/support/read-dockerfile.ts'
import { startCaddy } from './caddy.ts'
import {
  checkout,
  freePort,
  type Program,
  plainEnvironment,
  run,
  scratchFolder,
  start,
  textAt,
  until,
} from './programs.ts'

const stages = readDockerfile(join(checkout, 'Dockerfile'))
const image = stages.at(-1) as Stage
const folder = scratchFolder(t)
const context = join(folder, 'context')
const rootOf = (stage: string) => join(folder, stage)
const app = join(rootOf(image.name), 'app')
const env: NodeJS.ProcessEnv = {
  ...plainEnvironment(),
  ...readEnv(image),
  // In place of what only a container has: its own network, its own folders.
  HOST: '127.0.0.1',
  DATA_DIR: join(folder, 'data'),
  DRAIN_SECONDS: '1',
}
env.PATH = `${join(rootOf(image.name), 'usr/local/bin')}:${env.PATH}`
const entrypoint = readWords(textsOf(image, 'ENTRYPOINT')[0] ?? '')
const command = readWords(textsOf(image, 'CMD')[0] ?? '')

t.test('every stage of the Dockerfile builds', { timeout: 300_000 }, async t => {
  makeContext()
  for (const stage of stages) await build(t, stage)
})

t.test('the image holds no Prisma CLI, no compiler, no sources and no tests', async t => {
  const packages = join(app, 'node_modules')
  for (const name of ['prisma', '@prisma/engines', 'typescript', 'tap', '@biomejs/biome', 'node', 'npm'])
    t.notOk(existsSync(join(packages, name)), name)
  for (const name of ['src', 'test', 'scripts', 'package-lock.json', '.npmrc'])
    t.notOk(existsSync(join(app, name)), name)
  const compiled = readdirSync(join(app, 'dist'), { recursive: true, encoding: 'utf8' })
  t.ok(compiled.includes('cli/main.js'))
  t.same(
    compiled.filter(name => name.endsWith('.ts')),
    [],
  )
})

t.test('the image starts as the Dockerfile says, tells its health, shows cards, and stops on SIGTERM', async t => {
  const [port, adminPort] = [await freePort(), await freePort()]
  Object.assign(env, { PORT: String(port), ADMIN_PORT: String(adminPort) })
  await t.rejects(health(), { message: /ended with 1/ }, 'not healthy before it runs')
  const server = startServer(t)
  await until('the server is healthy', health, server)
  t.match(JSON.parse((await textAt(`http://127.0.0.1:${port}/demo/objects/1234`)) ?? '{}'), { key: '1234' })

  const body = JSON.stringify({ issueKey: 'TEST-1', entityIds: ['1234'] })
  const headers = { 'content-type': 'application/json' }
  t.equal((await fetch(`http://127.0.0.1:${port}/demo/links`, { method: 'POST', headers, body })).status, 201)

  const proxy = await startCaddy(t, `127.0.0.1:${port}`)
  for (const slash of ['%2F', '%2f', '/']) {
    const key = ['group', 'project', '-', 'merge_requests', '7'].join(slash)
    const card = await textAt(`http://127.0.0.1:${proxy.port}/demo/objects/${key}`)
    t.match(JSON.parse(card ?? '{}'), { key: 'group/project/-/merge_requests/7' }, `through the proxy, with ${slash}`)
  }
  t.equal(await server.stop(), 0, 'it ends with 0', { printed: server.output() })
  await t.rejects(health(), { message: /ended with 1/ }, 'not healthy after it stopped')
})

t.test('a second start finds the data of the first', async t => {
  const server = startServer(t)
  await until('the server is healthy', health, server)
  t.match(await run('tracker-links', ['links', 'list', '--application', 'demo', '--json'], { env, cwd: app }), /TEST-1/)
  t.equal(await server.stop(), 0, 'it ends with 0', { printed: server.output() })
})

/** What the builder would be sent: the committed files that .dockerignore lets through. */
function makeContext(): void {
  const allowed = execFileSync('sh', ['-c', 'grep -v "^#" .dockerignore | sed -n "s/^!//p"'], {
    cwd: checkout,
    encoding: 'utf8',
  })
  const files = execFileSync('git', ['ls-files', '-z', '--', ...allowed.trim().split('\n')], {
    cwd: checkout,
    encoding: 'utf8',
  })
  for (const file of files.split('\0').filter(Boolean)) copy(join(checkout, file), join(context, file))
}

/** Does what a stage says in a folder of its own. A RUN is run where it is npm's; what needs a container is named. */
async function build(t: Test, stage: Stage): Promise<void> {
  let directory = '/'
  for (const { word, text } of stage.instructions) {
    if (word === 'WORKDIR') directory = text
    else if (word === 'COPY') {
      const { from, sources, target } = readCopy(text)
      for (const source of sources) {
        const taken = join(from ? rootOf(from) : context, source)
        const into = join(rootOf(stage.name), directory, target)
        // Of a folder the builder takes what is in it.
        copy(taken, statSync(taken).isDirectory() ? into : join(into, basename(source)))
      }
    } else if (word === 'RUN' && text.startsWith('npm ')) {
      const cwd = join(rootOf(stage.name), directory)
      const path = `${join(cwd, 'node_modules/.bin')}:${plainEnvironment().PATH}`
      await run('sh', ['-c', text], { cwd, env: plainEnvironment({ PATH: path }) })
      t.pass(`${stage.name}: ${text}`)
    } else if (word === 'RUN') runInContainer(t, text)
  }
}

/** The lines that change a container's system: what they make is made in the stage's folder, where the start needs it. */
function runInContainer(t: Test, text: string): void {
  for (const step of text.split(' && ')) {
    const [, source = '', target = ''] = /^ln -s (\S+) (\S+)$/.exec(step) ?? []
    if (target === '')
      t.match(step, /^(apt-get update|apt-get install -y --no-install-recommends tini|rm -rf |install -d )/)
    else {
      mkdirSync(dirname(join(rootOf(image.name), target)), { recursive: true })
      symlinkSync(join(rootOf(image.name), source), join(rootOf(image.name), target))
    }
  }
}

function copy(source: string, target: string): void {
  cpSync(source, target, { recursive: true, verbatimSymlinks: true })
}

/** Starts what the container would run. */
function startServer(t: Test): Program {
  const [init = '', ...words] = [...entrypoint, ...command]
  return start(t, init, words, { cwd: app, env })
}

/** Runs the HEALTHCHECK's own command; throws where it fails. */
async function health(): Promise<string> {
  const [program = '', ...words] = readWords(/CMD (.*)$/.exec(textsOf(image, 'HEALTHCHECK')[0] ?? '')?.[1] ?? '')
  return await run(program, words, { cwd: app, env })
}
