// What a process has loaded, which is most of its memory and of its start. These tests name what must wait until it is needed.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { program } from '../support/start-program.ts'
import { demoConfig, startServer, type TestServer } from './start-server.ts'

const preload = fileURLToPath(new URL('../support/tell-loaded.cjs', import.meta.url))

/** Starts the server anew, lets `use` work with it, and returns what it has loaded until its end. */
async function loadedBy(server: TestServer, use: () => Promise<void>): Promise<string[]> {
  const file = join(server.directory, 'loaded')
  await server.stop()
  await server.start({ NODE_OPTIONS: `--require=${preload}`, LOADED_FILE: file })
  await use()
  await server.stop()
  return readFileSync(file, 'utf8').split('\n')
}

/** What a server keeps out of its memory until somebody asks for it. */
const heavy = [
  /NativeModule internal\/deps\/undici/,
  /node_modules\/undici\//,
  /query_compiler/,
  /node_modules\/jsonata\//,
  /node_modules\/cockatiel\//,
  /node_modules\/@opentelemetry\//,
  /node_modules\/swagger-ui-dist\//,
  /checks\/doctor\/look-at-application/,
  /checks\/call-probe\//,
]
const heavyOf = (loaded: string[]) => loaded.filter(name => heavy.some(one => one.test(name)))

/** What a command has loaded that runs in a folder. */
function loadedByCommand(directory: string, ...words: string[]): string[] {
  const file = join(directory, 'loaded')
  const env = { ...process.env, NODE_OPTIONS: `--require=${preload}`, LOADED_FILE: file, ADMIN_PORT: '1' }
  execFileSync(process.execPath, [program, ...words], { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] })
  return readFileSync(file, 'utf8').split('\n')
}

async function callAsTracker(t: Test, server: TestServer): Promise<void> {
  const link = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ issueKey: 'LOADED-1', entityIds: ['1234'] })
  const calls = [
    await fetch(`${server.url}/demo/objects/1234`),
    await fetch(`${server.url}/demo/links`, { ...link, body }),
    await fetch(`${server.url}/demo/links?issueKey=LOADED-1&remoteKey=1234`, { method: 'DELETE' }),
  ]
  for (const { status, url } of calls) t.ok(status >= 200 && status < 300, `${url} ${status}`)
}

t.test('a server loads nothing heavy for Tracker’s calls, and what an operator needs when one asks', async t => {
  const server = await startServer(t)
  const { stdout } = await server.command('keys', 'create', '--name', 'test', '--scope', 'admin', '--json')
  const { key } = JSON.parse(stdout) as { key: string }
  t.same(heavyOf(await loadedBy(server, () => callAsTracker(t, server))), [])
  const loaded = await loadedBy(server, async () => {
    const answer = await fetch(`${server.adminUrl}/api/applications/demo/objects`, {
      headers: { authorization: `Bearer ${key}` },
    })
    t.equal(answer.status, 200)
    t.match(await answer.json(), { objects: [{ key: '1234' }] })
  })
  t.match(heavyOf(loaded).join(), 'query_compiler', 'the test sees what is loaded')

  t.same(heavyOf(loadedByCommand(server.directory, 'links', 'list', '--issue', 'TEST-1')), [], 'nor does a command')
})

t.test('a command loads what it needs, and no more', async t => {
  const directory = t.testdir({ 'tracker-links.yaml': demoConfig })
  const librariesOf = (...words: string[]) =>
    new Set(
      loadedByCommand(directory, ...words).flatMap(name => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []),
    )
  const unneeded = ['@prisma/client', 'pg', 'undici', 'pino', 'fastify']
  for (const words of [['--version'], ['token', 'new'], ['config', 'check']]) {
    const libraries = librariesOf(...words)
    t.ok(libraries.has('commander'), 'the test sees what is loaded')
    t.same(
      unneeded.filter(name => libraries.has(name)),
      [],
      words.join(' '),
    )
  }
})
