import { once } from 'node:events'
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import {
  asUsersStartIt,
  collectOutput,
  freePort,
  isWell,
  startProgram,
  stopProgram,
  untilAnswered,
} from '../support/start-program.ts'
import { runSql } from '../support/test-database.ts'
import { until } from '../support/until.ts'
import { commandLine } from './command-line.ts'

/** A server, as a process, over the database of a command line, which is prepared by some SQL. */
async function served(t: Test, ...sql: string[]) {
  const line = await commandLine(t)
  await runSql(String(line.env.DATABASE_URL), ...sql)
  const [port, adminPort] = [await freePort(), await freePort()]
  Object.assign(line.env, {
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    NODE_ENV: '',
    DRAIN_SECONDS: '0',
  })
  const [url, ready] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${adminPort}/health/ready`]
  const server = startProgram(process.execPath, [...asUsersStartIt, 'serve'], {
    cwd: line.directory,
    env: line.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectOutput(server)
  await untilAnswered(server, () => isWell(ready), { what: 'the server', output })
  const createLink = () =>
    fetch(`${url}/demo/links`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ issueKey: 'TEST-1', entityIds: ['1'] }),
    })
  return { ...line, databaseUrl: String(line.env.DATABASE_URL), server, output, url, ready, createLink }
}

t.test('a server that cannot work says why and what to do, on the admin port and to the command', async t => {
  const { run, json, databaseUrl, server, url, ready, createLink } = await served(t)
  t.teardown(() => stopProgram(server))
  t.strictSame(await json('health'), { status: 'ready', address: ready })
  await runSql(
    databaseUrl,
    `CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
    'CREATE TRIGGER filled BEFORE INSERT ON link FOR EACH STATEMENT EXECUTE FUNCTION fill()',
  )
  t.equal((await createLink()).status, 503)
  const bare = await fetch(`${url}/health`)
  t.strictSame([bare.status, await bare.text()], [503, ''])
  const told = await fetch(ready)
  const reason = {
    code: 'database-disk-full',
    message: /^PostgreSQL at .* has a full disk .*No space/,
    hint: /^Free space/,
  }
  t.equal(told.status, 503)
  t.match(await told.json(), { status: 'not ready', reason })
  const text = await run(['health'])
  t.equal(text.code, 1)
  t.match(text.out, /^not ready \(http.*\nPostgreSQL at .* full disk.*\nFree space/)
  const machine = await run(['health', '--json'])
  t.match(JSON.parse(machine.out), { status: 'not ready', address: ready, reason })
  await runSql(databaseUrl, 'DROP TRIGGER filled ON link')
  await until(async () => (await run(['health'])).code === 0)
  t.equal((await createLink()).status, 201)
})

t.test('a warning is told, and the server is ready all the same', async t => {
  const { run, json, databaseUrl, server, ready } = await served(t)
  t.teardown(() => stopProgram(server))
  await runSql(
    databaseUrl,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '', '2099_next', now())`,
  )
  const warnings = [{ code: 'schema-newer', message: /2099_next/, hint: String }]
  const answer = await fetch(ready)
  t.equal(answer.status, 200)
  t.match(await answer.json(), { status: 'ready', warnings })
  t.match(await json('health'), { status: 'ready', warnings })
  t.match(await run(['health']), { code: 0, out: /^ready \(http.*\nWarning: .*2099_next/ })
})

t.test('a clock that differs from that of the database is told at the start and by the command', async t => {
  const { run, server, output } = await served(
    t,
    // Found before PostgreSQL's own.
    `CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql
       AS $$ SELECT pg_catalog.clock_timestamp() - interval '65 seconds' $$`,
    `DO $$ BEGIN
       EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`,
  )
  t.teardown(() => stopProgram(server))
  const { code, out } = await run(['health'])
  t.equal(code, 0)
  t.match(out, /^ready .*\nWarning: The clock of PostgreSQL at .* is \d+\.\d s behind that of this machine\. .*NTP/)
  await until(() => /"level":"warn".*"code":"clock-skew".* \d+\.\d s behind/.test(output()))
})

t.test('if no server answers, that is told, or what is wrong with the database for which it may wait', async t => {
  const { run, env } = await commandLine(t)
  env.ADMIN_PORT = String(await freePort())
  const alone = await run(['health'])
  t.equal(alone.code, 1)
  t.match(alone.out, /^not running \(http.*\nNo server .* \(ECONNREFUSED\)\.\nStart it with `tracker-links serve`/)
  const gone = new URL(String(env.DATABASE_URL))
  gone.pathname = '/no_such_database'
  env.DATABASE_URL = gone.href
  const waiting = await run(['health', '--json'])
  t.equal(waiting.code, 1)
  t.match(JSON.parse(waiting.out), {
    status: 'not running',
    reason: { code: 'database-missing', hint: /CREATE DATABASE/ },
  })
  t.notMatch(waiting.out, gone.password)
})

t.test('another program on that port is not taken for the server', async t => {
  const other = createServer((_request, response) => response.end('{"status":"fine"}')).listen(0, '127.0.0.1')
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { run, env } = await commandLine(t)
  env.ADMIN_PORT = String((other.address() as { port: number }).port)
  t.match(await run(['health', '--json']), { code: 1, out: /"status":"not running".*"server-not-running"/ })
})
