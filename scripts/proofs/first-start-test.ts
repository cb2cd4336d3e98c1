// A new user's first start, timed and measured: by npx in an empty folder, and from a clone of HEAD. npm's cache is empty, so
// every package comes from the registry. Usage: npm run test:first-start
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { collectOutput, freePort, startProgram, stopProgram, untilAnswered } from '../../test/support/start-program.ts'

const top = join(import.meta.dirname, '../..')
const scratch = await mkdtemp(join(tmpdir(), 'tracker-links-first-start-'))
const machine = (process.env.PATH ?? '').split(delimiter).filter(folder => !folder.includes('node_modules'))
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_(?!config)|NODE_OPTIONS$)/.test(name))),
  PATH: [join(top, 'node_modules/node/bin'), ...machine].join(delimiter),
  npm_config_cache: join(scratch, 'cache'),
  DRAIN_SECONDS: '0',
  SANDBOX_PORT: '0',
}
const [packed, empty, clone] = [join(scratch, 'packed'), join(scratch, 'empty'), join(scratch, 'clone')]
for (const folder of [packed, empty]) await mkdir(folder)
let isRight = true

await run('npm', ['pack', '--silent', '--pack-destination', packed], top)
const [tarball = ''] = (await run('ls', [packed], top)).split('\n')
const npx = ['npx', '--yes', `--package=${join(packed, tarball)}`, 'tracker-link-server'] as const
const since = performance.now()
tell('npx tracker-link-server in an empty folder, to the first card', await firstCard(npx, empty, since))
tell('the same once more', await firstCard(npx, empty))

await run('git', ['clone', '--quiet', top, clone], scratch)
for (const words of [['ci', '--omit=dev'], ['ci']]) {
  await rm(join(scratch, 'cache'), { recursive: true })
  const before = performance.now()
  await run('npm', words, clone)
  tell(`a clone: npm ${words.join(' ')}`, secondsSince(before))
  tell(
    `a clone: npm ${words.join(' ')} && npm start, to the first card`,
    await firstCard(['npm', 'start'], clone, before),
  )
  console.log(`${' '.repeat(9)} ${await run('du', ['-sm', 'node_modules'], clone)} MB`)
  await rm(join(clone, 'data'), { recursive: true })
}
await rm(scratch, { recursive: true })
process.exitCode = isRight ? 0 : 1

/** Starts the server, and returns the seconds until a card was answered; the server is stopped. */
async function firstCard([command, ...words]: readonly [string, ...string[]], cwd: string, from = performance.now()) {
  const port = await freePort()
  const own = { ...env, PORT: String(port), ADMIN_PORT: String(await freePort()) }
  const child = startProgram(command, words, { cwd, env: own, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collectOutput(child)
  const waiting = { what: command, output }
  const card = await untilAnswered(
    child,
    async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/demo/objects/1234`)
      return answer.ok && ((await answer.json()) as { key?: string })
    },
    waiting,
  )
  const seconds = secondsSince(from)
  isRight &&= card.key === '1234'
  const pid = await untilAnswered(child, async () => /"pid":(\d+).*"ready"/.exec(output())?.[1], waiting)
  console.log(`${' '.repeat(9)} memory: ${await memoryOf(pid)}; data: ${await run('du', ['-sm', 'data'], cwd)} MB`)
  process.kill(Number(pid), 'SIGTERM')
  await stopProgram(child)
  return seconds
}

/** What the server holds for itself, and with its PostgreSQL (shared pages divided among those who share them). */
async function memoryOf(pid: string): Promise<string> {
  const children = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))
  const family = new Set([pid])
  for (const [child = '', parent = ''] of children) if (family.has(parent)) family.add(child)
  let all = 0
  let own = 0
  for (const one of family) {
    const rollup = await readFile(`/proc/${one}/smaps_rollup`, 'utf8')
    const size = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1]) / 1024
    all += size('Pss')
    if (one === pid) own = size('Rss')
  }
  return `${Math.round(own)} MB, with PostgreSQL ${Math.round(all)} MB`
}

async function run(command: string, words: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, words, { cwd, env })
  return command === 'du' ? (stdout.split('\t')[0] ?? '') : stdout.trim()
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000
}

function tell(what: string, seconds: number): void {
  console.log(`${seconds.toFixed(2).padStart(7)} s ${what}`)
}
