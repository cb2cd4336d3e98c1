// The README's other command, `npm ci && npm start`, in clones below folders that only their owner may enter.
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkout, ended, freePort, plainEnvironment, run, scratchFolder, start, textAt, until } from './programs.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534
const command = 'npm ci && npm start'
const curl = /A card: curl (\S+)/

t.test('the README says so', async t => {
  t.ok(readFileSync(join(checkout, 'README.md'), 'utf8').split('\n').includes(command))
})

t.test(`as ${isRoot ? 'root' : 'this user'}, in any locale`, { timeout: 240_000 }, async t => {
  await startFresh(t, [], plainEnvironment({ LANG: undefined, LC_ALL: undefined }))
})

if (isRoot)
  t.test('as a user who owns nothing else', { timeout: 240_000 }, async t => {
    const registry = (await run('npm', ['config', 'get', 'registry'], { cwd: '/' })).trim().split('\n').at(-1)
    const user = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
    await startFresh(t, user, plainEnvironment({ npm_config_registry: registry }))
  })

/** Clones, runs the command, asks for the card that the server names, and stops it. */
async function startFresh(t: Test, user: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const folder = scratchFolder(t)
  const home = join(folder, 'home')
  const clone = join(home, 'clone')
  mkdirSync(home, { mode: 0o700 })
  await run('git', ['clone', '--quiet', checkout, clone])
  if (user.length > 0) {
    chmodSync(folder, 0o711)
    await run('chown', ['-R', `${nobody}:${nobody}`, home])
  }
  const [port, adminPort] = [await freePort(), await freePort()]
  const settings = { HOME: home, PORT: String(port), ADMIN_PORT: String(adminPort), DRAIN_SECONDS: '0' }
  const [program, ...words] = [...user, 'sh', '-c']
  await run(program, [...words, 'npm ci'], { cwd: clone, env: { ...env, ...settings } })
  const server = start(t, program, [...words, 'npm start'], { cwd: clone, env: { ...env, ...settings } })
  const address = await until('the curl line', async () => curl.exec(server.output())?.[1], server)
  t.match(JSON.parse((await textAt(address)) ?? '{}'), { key: '1234' }, `curl ${address}`)
  t.match(server.output(), /WARNING: anybody/)
  t.equal(statSync(join(clone, 'data')).uid, statSync(clone).uid, 'the data belongs to who started it')
  process.kill(Number(/"pid":(\d+)/.exec(server.output())?.[1]), 'SIGTERM')
  t.equal(await ended(server), 0, 'it ends with 0', { printed: server.output() })
}
