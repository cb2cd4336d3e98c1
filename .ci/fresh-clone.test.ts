// The README's other command, `npm ci && npm start`, as root in the clone in which `npm ci` has just run, and as a user
// who has nothing but a clone. Both lie below folders that only their owner may enter.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ended, freePort } from '../test/support/start-program.ts'
import {
  checkout,
  machinePath,
  megabytes,
  plainEnvironment,
  run,
  scratchFolder,
  start,
  textAt,
  until,
} from './programs.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534
const becomeNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
/** The machine's own Node, however old: `npm ci` brings the right one. */
const env = plainEnvironment({ PATH: machinePath, LANG: undefined, LC_ALL: undefined })

t.test('the README says so', async t => {
  t.ok(readFileSync(join(checkout, 'README.md'), 'utf8').split('\n').includes('npm ci && npm start'))
})

t.test(`npm start as ${isRoot ? 'root' : 'this user'}, without a locale`, async t => {
  await startAndAsk(t, checkout, [], env)
})

t.test('npm ci --omit=dev && ./tracker-links serve, with the Node of the tests', { timeout: 400_000 }, async t => {
  const clone = join(scratchFolder(t), 'clone')
  await run('git', ['clone', '--quiet', checkout, clone])
  await run('npm', ['ci', '--omit=dev'], { cwd: clone })
  t.ok((await megabytes(join(clone, 'node_modules'))) < 120, 'in less than 120 MB')
  t.notOk(existsSync(join(clone, 'node_modules/@scarf/scarf')), 'without the package that tells its maker of installs')
  await startAndAsk(t, clone, [], plainEnvironment(), ['./tracker-links', 'serve'])
})

if (isRoot)
  t.test('npm ci && npm start as a user who owns nothing else', { timeout: 400_000 }, async t => {
    const folder = scratchFolder(t)
    const home = join(folder, 'home')
    const clone = join(home, 'clone')
    mkdirSync(home, { mode: 0o700 })
    await run('git', ['clone', '--quiet', checkout, clone])
    chmodSync(folder, 0o711)
    await run('chown', ['-R', `${nobody}:${nobody}`, home])
    // The user does not have root's npm settings, and needs one of them: where packages come from.
    const registry = await run('npm', ['config', 'get', 'registry', '--loglevel=error'], { cwd: '/' })
    const settings = { ...env, HOME: home, npm_config_registry: registry.trim() }
    await run('setpriv', [...becomeNobody.slice(1), 'npm', 'ci'], { cwd: clone, env: settings })
    await startAndAsk(t, clone, becomeNobody, settings)
  })

/** Starts the server, asks for the card that the server names, and stops it. */
async function startAndAsk(
  t: Test,
  clone: string,
  user: readonly string[],
  base: NodeJS.ProcessEnv,
  command: readonly string[] = ['npm', 'start'],
): Promise<void> {
  const [port, adminPort] = [await freePort(), await freePort()]
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort), SANDBOX_PORT: '0' }
  const settings = { ...base, ...ports, DRAIN_SECONDS: '0' }
  const [program = '', ...words] = [...user, ...command]
  const server = start(t, program, words, { cwd: clone, env: settings })
  const address = await until('the curl line', async () => /A card: curl (\S+)/.exec(server.output())?.[1], server)
  t.match(JSON.parse((await textAt(address)) ?? '{}'), { key: '1234' }, `curl ${address}`)
  t.match(server.output(), /WARNING: anybody/)
  const page = /Listening on .*\n.*?(http:\S+\/issues\/\S+)\n/.exec(server.output())?.[1]
  t.match(
    await textAt(page ?? ''),
    /Deploy service to production/,
    `the second line leads to a page with cards: ${page}`,
  )
  t.equal(statSync(join(clone, 'data')).uid, statSync(clone).uid, 'the data belongs to the user who started it')
  const pid = await until('the log', async () => /"pid":(\d+)/.exec(server.output())?.[1], server)
  process.kill(Number(pid), 'SIGTERM')
  t.equal(await ended(server.child), 0, 'it ends with 0', { printed: server.output() })
}
