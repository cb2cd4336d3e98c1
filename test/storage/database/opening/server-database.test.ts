import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { startEmbeddedPostgres } from '../../../../src/storage/database/embedded-postgres/start-embedded-postgres.ts'
import { waitForDatabase } from '../../../../src/storage/database/opening/wait-for-database.ts'
import { openStorage } from '../../../../src/storage/open-storage.ts'
import { dataFolder, storageProcess } from '../../../support/storage-process.ts'
import { emptyDatabase, runSql, testDatabase } from '../../../support/test-database.ts'
import { until } from '../../../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }
const dataDirectory = '/nowhere'

t.test('a server that is given by its address is used, and brought to the schema', async t => {
  const { url: databaseUrl, name } = await emptyDatabase(t)
  const storage = await openStorage({ databaseUrl, dataDirectory, log })
  t.teardown(() => storage.close())
  t.match(await storage.readiness(), { ready: true, warnings: [] })
  t.equal(await storage.prisma.link.count(), 0)
  t.match(storage.description, new RegExp(`^PostgreSQL at .*/${name}$`))
  t.notMatch(storage.description, new URL(databaseUrl).password)
  const [settings] = await storage.prisma.$queryRaw<object[]>`
    SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle, current_setting('application_name') AS name`
  t.strictSame(settings, { statement: '2500ms', lock: '2s', idle: '10s', name: 'tracker-links' })
})

t.test('a database without a schema is refused where nothing may be applied', async t => {
  const { url: databaseUrl } = await emptyDatabase(t)
  await t.rejects(openStorage({ databaseUrl, dataDirectory, log, migrations: 'check' }), {
    code: 'schema-missing',
    message: /has no tables of this program; only `serve` and `migrate` make them/,
  })
})

t.test('an address that is none is told with a right one, and without what it may hold of a password', async t => {
  const addresses = ['', 'db.example.com', 'mysql://u:canary-p@h/d', 'postgresql://u:canary/p@h:5432/d']
  for (const [index, databaseUrl] of addresses.entries()) {
    const error = await openStorage({ databaseUrl, dataDirectory, log }).catch((reason: unknown) => reason)
    t.match(
      error,
      { code: 'database-address-invalid', message: 'postgresql://USER:PASSWORD@HOST:5432/DATABASE' },
      `address ${index}`,
    )
    t.notMatch(String(error), /canary/)
  }
})

const refused = (message: RegExp) => ({ code: 'database-refused', message })

t.test('a user, a password or a database that the server does not know is told at once', async t => {
  const { url } = await testDatabase(t)
  const wrong = (change: (address: URL) => void) => {
    const address = new URL(url)
    change(address)
    return openStorage({ databaseUrl: address.href, dataDirectory, log, mustOwn: true })
  }
  await t.rejects(
    wrong(address => {
      address.password = 'canary-wrong'
    }),
    refused(/refuses the user or the password of DATABASE_URL/),
  )
  await t.rejects(
    wrong(address => {
      address.pathname = '/no_such_database'
    }),
    refused(/ does not exist .* Create it with CREATE DATABASE/),
  )
})

t.test('why a database cannot be reached is told, and what to do', async t => {
  for (const [place, message] of [
    ['no-such-host.invalid/links', /^PostgreSQL at no-such-host\.invalid:5432\/links .*getaddrinfo.*Correct the host/],
    [
      '127.0.0.1:1/links',
      /^PostgreSQL at 127\.0\.0\.1:1\/links accepts no connections .*ECONNREFUSED.*Start PostgreSQL/,
    ],
    // A name with two addresses.
    ['localhost:1/links', /^PostgreSQL at localhost:1\/links accepts no connections .*ECONNREFUSED.*Start PostgreSQL/],
    ['/links?host=/nowhere', /^PostgreSQL at \/nowhere:5432\/links accepts no connections .*ENOENT/],
  ] as const) {
    const databaseUrl = `postgresql://u:canary%2Fp%40ss@${place}`
    const opened = openStorage({ databaseUrl, dataDirectory, log, longestWait: 0 })
    const error = await opened.catch((reason: unknown) => reason)
    t.match(error, { code: 'database-away', message }, place)
    t.notMatch(inspect(error), /canary|p%40ss|p@ss/)
  }
})

t.test('a database that stores text in another encoding is refused', async t => {
  const { url, name } = await emptyDatabase(t)
  await runSql(
    url,
    `CREATE DATABASE ${name}_ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER libc`,
  )
  t.teardown(() => runSql(url, `DROP DATABASE ${name}_ascii`))
  const address = new URL(url)
  address.pathname += '_ascii'
  await t.rejects(openStorage({ databaseUrl: address.href, dataDirectory, log }), {
    code: 'database-encoding',
    message: /stores text as SQL_ASCII.*ENCODING 'UTF8'/,
  })
})

t.test('a server waits for a database that is away, and begins when it comes', async t => {
  const folder = await dataFolder(t)
  const port = await freePort()
  const program = storageProcess(t, {
    databaseUrl: `postgresql://u:canary-p@127.0.0.1:${port}/links`,
    dataDirectory,
    mustOwn: true,
  })
  const opened = program.next()
  await until(() => program.logged.includes('The database does not answer; trying again'))
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    log,
    durable: false,
    settings: { listen_addresses: '127.0.0.1', port: String(port) },
  })
  t.teardown(() => postgres.stop())
  // It has no such user: that it says so means that it was reached.
  t.match(await opened, { fault: 'database-refused' })
})

t.test('if a pooler refuses time limits for a session, none are sent, and the log says what to set', async t => {
  const { url } = await emptyDatabase(t)
  const port = await refusingPooler(t, join(new URL(url).searchParams.get('host') ?? '', '.s.PGSQL.5432'))
  const address = new URL(url)
  address.host = `127.0.0.1:${port}`
  address.search = ''
  const warned: unknown[] = []
  const warn = (text: unknown) => warned.push(text)
  const storage = await openStorage({ databaseUrl: address.href, dataDirectory, log: { ...log, warn } })
  t.teardown(() => storage.close())
  t.equal(await storage.prisma.link.count(), 0)
  t.match(await storage.readiness(), { ready: true, warnings: [] })
  t.match(warned, [/ignore_startup_parameters.*ALTER ROLE/])
})

const sessionsAt = (databaseUrl: string) =>
  waitForDatabase({ databaseUrl, log, description: 'the database', isEmbedded: false, longestWait: 0 })

t.test('statements are kept prepared only where nothing stands before the server', async t => {
  const { url } = await emptyDatabase(t)
  t.strictSame(await sessionsAt(url), { limitSessions: true, prepareStatements: true })
  const port = await mixingPooler(t, join(new URL(url).searchParams.get('host') ?? '', '.s.PGSQL.5432'))
  const address = new URL(url)
  address.host = `127.0.0.1:${port}`
  address.search = ''
  t.strictSame(await sessionsAt(address.href), { limitSessions: true, prepareStatements: false })
})

t.test('over TLS the certificate of the server is checked against the CA file of the address', async t => {
  const folder = await dataFolder(t)
  const files = certificates(folder)
  const port = await freePort()
  const postgres = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    log,
    durable: false,
    settings: {
      listen_addresses: '127.0.0.1',
      port: String(port),
      ssl: 'on',
      ssl_cert_file: files.certificate,
      ssl_key_file: files.key,
    },
  })
  t.teardown(() => postgres.stop())
  const { password, username } = new URL(await postgres.url('postgres'))
  const open = (host: string, query: string) =>
    openStorage({
      databaseUrl: `postgresql://${username}:${password}@${host}:${port}/postgres?${query}`,
      dataDirectory,
      log,
    })

  const storage = await open('localhost', `sslmode=verify-full&sslrootcert=${files.ca}`)
  t.strictSame(await storage.prisma.$queryRaw`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`, [
    { ssl: true },
  ])
  await storage.close()
  const untrusted = refused(/cannot be reached over TLS.*sslrootcert/)
  await t.rejects(open('localhost', 'sslmode=verify-full'), untrusted, 'a CA that nobody knows')
  await t.rejects(open('127.0.0.1', `sslmode=verify-full&sslrootcert=${files.ca}`), untrusted, 'another name')
  await t.rejects(open('localhost', 'sslmode=verify-full&sslrootcert=/no/such/file'), {
    code: 'database-address-invalid',
    message: /no such file.*sslrootcert=/,
  })
})

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })

/** A CA, and a certificate of it for the name localhost. */
function certificates(folder: string) {
  const at = (name: string) => join(folder, name)
  mkdirSync(folder, { recursive: true })
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  openssl(...request, '-subj', '/CN=test CA', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  const issue = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'basicConstraints=critical,CA:FALSE']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  openssl(...request, ...issue, ...names, '-keyout', at('server.key'), '-out', at('server.pem'))
  return { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Stands before a server and greets with a process number of its own, as PgBouncer does, whose sessions go from one to another. */
function mixingPooler(t: { teardown(work: () => unknown): void }, socketPath: string): Promise<number> {
  // BackendKeyData: its type, its length of 12, then the process number.
  const keyData = Buffer.from([0x4b, 0, 0, 0, 12])
  return listen(t, client => {
    const upstream = dial(socketPath)
    upstream.on('error', () => client.destroy())
    client.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('data', (bytes: Buffer) => {
      const at = bytes.indexOf(keyData)
      if (at >= 0) bytes.writeInt32BE(1, at + keyData.length)
      client.write(bytes)
    })
    upstream.on('end', () => client.end())
  })
}

/** Stands before a server and refuses, in PgBouncer's words, a session that sets a limit of time; passes on all others. */
function refusingPooler(t: { teardown(work: () => unknown): void }, socketPath: string): Promise<number> {
  return listen(t, client => {
    client.on('error', () => {})
    client.once('data', startup => {
      if (startup.includes('statement_timeout')) {
        const fields = 'SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0'
        const length = Buffer.alloc(4)
        length.writeInt32BE(4 + Buffer.byteLength(fields))
        client.end(Buffer.concat([Buffer.from('E'), length, Buffer.from(fields)]))
        return
      }
      const upstream = dial(socketPath)
      upstream.on('error', () => client.destroy())
      upstream.write(startup)
      client.pipe(upstream).pipe(client)
    })
  })
}

/** Listens on a free port of the loopback interface. Returns the port. */
async function listen(t: { teardown(work: () => unknown): void }, take: (client: Socket) => void): Promise<number> {
  const server = createServer(take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}
