// SIGUSR1 opens Node's debugger in any other program.
import t from 'tap'
import { collectOutput, startProgram } from '../support/start-program.ts'
import { until } from '../support/until.ts'
import { startServer } from './start-server.ts'

const opened = /Debugger listening/

t.test('control: a program of Node opens its debugger at SIGUSR1', async t => {
  const child = startProgram(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1_000)'], {})
  t.teardown(() => child.kill('SIGKILL'))
  const output = collectOutput(child)
  await until(() => output() !== '')
  child.kill('SIGUSR1')
  await until(() => opened.test(output()))
  t.pass()
})

t.test('the server does not, and serves on', async t => {
  const server = await startServer(t)
  for (let round = 0; round < 5; round++) server.process().kill('SIGUSR1')
  // A signal that it does answer, and that comes after those.
  server.process().kill('SIGHUP')
  await until(() => /read anew/.test(server.output()))
  t.equal((await fetch(`${server.url}/demo/objects/1234`)).status, 200)
  t.notMatch(server.output(), opened)
  t.equal(await server.stop(), 0)
})
