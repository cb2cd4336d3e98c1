// No part of a password is printed, whether the address of the database is refused or the database is away.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { collectOutput, freePort, program, startProgram, stopProgram, untilAnswered } from '../support/start-program.ts'

type Outcome = { code: unknown; printed: string }

/** Runs `tracker-links …` to its end. */
const command = (directory: string, env: NodeJS.ProcessEnv, ...words: string[]): Promise<Outcome> =>
  new Promise(resolve => {
    execFile(process.execPath, [program, ...words], { cwd: directory, env }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, printed: `${stdout}${stderr}` })
    })
  })

const surroundings = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }

t.test('a password that is not encoded is refused at the start by every command', async t => {
  const directory = t.testdir({})
  const DATABASE_URL = 'postgresql://links:12/canary@inner:x@db.example.com:5432/links'
  await writeFile(join(directory, 'url'), DATABASE_URL)
  const refused = async (env: NodeJS.ProcessEnv, ...words: string[]) => {
    const { code, printed } = await command(directory, { ...surroundings, ...env }, ...words)
    t.equal(code, 2)
    t.match(printed, /DATABASE_URL\s.*percent-encoded\.\s.*Percent-encode them.*`\/` is %2F/s)
    t.notMatch(printed, /canary|inner|links:12/)
  }
  await refused({ DATABASE_URL }, 'serve')
  await refused({ DATABASE_URL_FILE: 'url' }, 'serve')
  await refused({ DATABASE_URL }, 'links', 'list')
})

t.test('while the database is away its host, port and database are told with the reason, and no password', async t => {
  const directory = t.testdir({})
  const [port, adminPort, databasePort] = [await freePort(), await freePort(), await freePort()]
  const env = {
    ...surroundings,
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    NODE_ENV: '',
    LOG_LEVEL: 'trace',
    DATABASE_URL: `postgresql://links:canary%2Finner%40x%3A1@127.0.0.1:${databasePort}/links`,
  }
  const server = startProgram(process.execPath, [program, 'serve'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => stopProgram(server, 'SIGKILL'))
  const output = collectOutput(server)
  const waits = async () => (output().match(/does not answer; trying again/g)?.length ?? 0) > 2
  await untilAnswered(server, waits, { what: 'the wait for the database', output })
  t.match(output(), `PostgreSQL at 127.0.0.1:${databasePort}/links accepts no connections`)
  t.match(output(), /"code":"database-connection-refused".*ECONNREFUSED.*"hint":"Start PostgreSQL/)
  const health = await command(directory, env, 'health')
  t.equal(health.code, 1)
  t.match(health.printed, /not running .*\/links accepts no connections .*ECONNREFUSED.*Start PostgreSQL/s)
  for (const printed of [output(), health.printed]) t.notMatch(printed, /canary|inner|%2Finner|%40x|%3A1/)
})
