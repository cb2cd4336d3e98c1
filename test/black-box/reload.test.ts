// The configuration of a running server, read anew: by a signal, by the command, and refused.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { collectOutput, ended, program, startProgram } from '../support/start-program.ts'
import { until } from '../support/until.ts'
import { startServer } from './start-server.ts'

const config = (token: string) => `
publicUrl: https://links.example.com
applications:
  - id: crm
    name: CRM
    frontUrl: https://crm.example.com/{{remoteKey}}
    responsible: crm@example.com
    authorization: { kind: token, tokens: ["${token}"] }
`
const tokens = {
  first: 'canary-a7Qm2xK9vT4bN8sW3yF6hJ1dL',
  second: 'canary-b5ZrG8wC2kY7uM4tB9xE3vQ6p',
  third: 'canary-c9XnH3wD8kT5uL2tR7yE4vS1uP5g',
}
const server = await startServer(t, { config: config(tokens.first) })
const file = join(server.directory, 'tracker-links.yaml')

const statusWith = async (token: string) =>
  (await fetch(`${server.url}/crm/objects/1`, { headers: { authorization: `OAuth ${token}` } })).status

t.test('SIGHUP', async t => {
  t.equal(await statusWith(tokens.first), 404, 'the token is known, the object is not')
  await writeFile(file, config(tokens.second))
  server.process().kill('SIGHUP')
  await until(async () => (await statusWith(tokens.second)) === 404)
  t.equal(await statusWith(tokens.first), 401)
})

t.test('the command', async t => {
  await writeFile(file, config(tokens.third))
  const { code, stdout } = await server.command('reload')
  t.match({ code, stdout }, { code: 0, stdout: 'The configuration is served: changed: crm.\n' })
  t.equal(await statusWith(tokens.third), 404)
  const keys = JSON.parse((await server.command('keys', 'list', '--json')).stdout).keys
  t.match(keys, [{ name: 'tracker-links reload', revokedAt: String }], 'its key is of no use any more')
})

t.test('a secret in the file of variables', async t => {
  await writeFile(file, config(`\${FROM_FILE}`))
  await writeFile(join(server.directory, '.env'), `FROM_FILE=${tokens.first}\nPORT=1\n`, { mode: 0o600 })
  t.match(await server.command('reload'), { code: 0, stdout: /changed: crm/ })
  t.equal(await statusWith(tokens.first), 404)
  await writeFile(join(server.directory, '.env'), `FROM_FILE=${tokens.third}\nDRAIN_SECONDS=7\n`, { mode: 0o600 })
  server.process().kill('SIGHUP')
  await until(async () => (await statusWith(tokens.third)) === 404)
  t.equal(await statusWith(tokens.first), 401)
  await rm(join(server.directory, '.env'))
  await writeFile(file, config(tokens.third))
})

t.test('a file with a fault changes nothing, by the command or by the signal', async t => {
  await writeFile(file, config(tokens.first).replace('name: CRM', 'nam: CRM'))
  const { code, stderr } = await server.command('reload')
  t.equal(code, 2)
  t.match(stderr, 'applications[0].nam')
  server.process().kill('SIGHUP')
  await until(() => server.output().includes('the configuration was refused'))
  t.equal(await statusWith(tokens.third), 404)
  t.equal(await statusWith(tokens.first), 401)
})

t.test('a file that is gone does not open the sample to anybody', async t => {
  await rm(file)
  server.process().kill('SIGHUP')
  await until(() => server.output().includes('is not the configuration file any more'))
  t.equal(await statusWith(tokens.third), 404)
  await writeFile(file, config(tokens.third))
})

t.test('a fault that only the server sees is told by the command', async t => {
  await writeFile(file, config(`\${ONLY_HERE}`))
  const env = { ...process.env, ...server.env, ONLY_HERE: tokens.first }
  const child = startProgram(process.execPath, [program, 'reload'], { cwd: server.directory, env })
  const output = collectOutput(child)
  t.equal(await ended(child), 2)
  t.match(output(), /The server refused the configuration[\s\S]*ONLY_HERE/)
})

t.test('without a server', async t => {
  await writeFile(file, config(tokens.third))
  await server.stop()
  const { code, stderr } = await server.command('reload')
  t.equal(code, 1)
  t.match(stderr, /No server answers at .*ECONNREFUSED/)
  for (const token of Object.values(tokens)) t.notMatch(server.output(), token)
})
