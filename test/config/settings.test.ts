import t from 'tap'
import { ConfigFaults } from '../../src/config/config-faults.ts'
import { readSettings } from '../../src/config/settings.ts'

/** The faults of an environment, by the names of the variables. */
function faultsOf(env: NodeJS.ProcessEnv) {
  try {
    readSettings(env)
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error
    return error.faults
  }
  return []
}
const fieldsOf = (env: NodeJS.ProcessEnv) => faultsOf(env).map(({ field }) => field)

t.test('nothing has to be set', async t => {
  const defaults = {
    host: '127.0.0.1',
    port: 8080,
    adminHost: '127.0.0.1',
    adminPort: 8081,
    adminAllowedHosts: [],
    trustedProxies: [],
    sandboxHost: '127.0.0.1',
    sandboxPort: 8082,
    dataDirectory: './data',
    databaseUrl: undefined,
    logLevel: 'info',
    logKeys: true,
    configFile: undefined,
    drainSeconds: undefined,
    maxConnections: 8_192,
    workers: 1,
    traces: undefined,
  }
  t.same(readSettings({}), defaults)
  t.same(readSettings({ HOST: '', PORT: '', DATABASE_URL: '', DATABASE_URL_FILE: '' }), defaults, 'empty is not set')
})

t.test('every variable is read', async t => {
  const env = {
    HOST: '0.0.0.0',
    PORT: '0',
    ADMIN_HOST: '::1',
    ADMIN_PORT: '65535',
    ADMIN_ALLOWED_HOSTS: 'server, links.example.com',
    TRUSTED_PROXIES: 'uniquelocal, 203.0.113.0/24,2001:db8::1',
    SANDBOX_HOST: '::1',
    SANDBOX_PORT: '1',
    DATA_DIR: '/srv/links data',
    DATABASE_URL: 'postgresql://links:canary-password@db/links?sslmode=verify-full',
    LOG_LEVEL: 'silent',
    LOG_KEYS: 'false',
    TRACKER_LINKS_CONFIG: 'my.yaml',
    DRAIN_SECONDS: '0',
    MAX_CONNECTIONS: '16',
    WORKERS: '2',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20canary-key, x-team = links',
    OTEL_SERVICE_NAME: 'links',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  }
  t.same(readSettings(env), {
    host: env.HOST,
    port: 0,
    adminHost: env.ADMIN_HOST,
    adminPort: 65535,
    adminAllowedHosts: ['server', 'links.example.com'],
    trustedProxies: ['uniquelocal', '203.0.113.0/24', '2001:db8::1'],
    sandboxHost: '::1',
    sandboxPort: 1,
    dataDirectory: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL,
    logLevel: 'silent',
    logKeys: false,
    configFile: 'my.yaml',
    drainSeconds: 0,
    maxConnections: 16,
    workers: 2,
    traces: {
      endpoint: 'http://collector:4318/v1/traces',
      headers: { authorization: 'Bearer canary-key', 'x-team': 'links' },
      serviceName: 'links',
      resource: { 'deployment.environment.name': 'test' },
      sampler: 'traceidratio',
      ratio: 0.25,
    },
  })
})

t.test('all faults are told at once, each with the variable, the rule and the hint', async t => {
  const faults = faultsOf({
    HOST: 'http://links.example.com',
    PORT: '80a',
    ADMIN_HOST: '127.0.0.1:8081',
    ADMIN_PORT: '65536',
    LOG_LEVEL: 'inof',
    WORKERS: '17',
    DRAIN_SECONDS: '-1',
    DATABASE_URL: 'mysql://canary-password@db/links',
  })
  t.same(faults.map(({ field }) => field).sort(), [
    'ADMIN_HOST',
    'ADMIN_PORT',
    'DATABASE_URL',
    'DRAIN_SECONDS',
    'HOST',
    'LOG_LEVEL',
    'PORT',
    'WORKERS',
  ])
  const byField = Object.fromEntries(faults.map(fault => [fault.field, fault]))
  t.match(byField.PORT, { rule: 'It is a whole number from 0 to 65535', hint: 'Write something like `8080`.' })
  t.match(byField.ADMIN_PORT, { rule: 'It is a whole number from 0 to 65535' })
  t.match(byField.LOG_LEVEL, { hint: 'Did you mean `info`?' })
  t.notMatch(JSON.stringify(faults), /canary/)
})

t.test('a port is digits, nothing that could be taken for a number', async t => {
  for (const port of [' 80', '8e1', '0x50', '80.0', '+80', '٨٠', '99999999999'])
    t.same(fieldsOf({ PORT: port }), ['PORT'])
})

t.test('a host is a name or an address', async t => {
  for (const host of ['localhost', 'db_1.example.com', '::', 'fe80::1%eth0']) t.same(fieldsOf({ HOST: host }), [])
  for (const host of ['[::1]', 'a b', 'a/b', '1.2.3.4:80', 'a..b']) t.same(fieldsOf({ HOST: host }), ['HOST'], host)
})

t.test('the two listeners need two ports where they share an address', async t => {
  const same = { PORT: '9000', ADMIN_PORT: '9000' }
  t.same(fieldsOf(same), ['ADMIN_PORT'])
  t.same(fieldsOf({ ...same, HOST: '0.0.0.0' }), ['ADMIN_PORT'])
  t.same(fieldsOf({ ...same, HOST: '127.0.0.2' }), [])
  t.same(fieldsOf({ PORT: '0', ADMIN_PORT: '0' }), [], 'any free port is another one each time')
})

t.test('a database address the driver could not read is refused without its password', async t => {
  const refused = {
    escape: 'postgresql://u:canary-%zz@h/db',
    fragment: 'postgresql://u:canary-#1@h/db',
    slash: 'postgresql://u:canary-/1@h/db',
    'slash after digits': 'postgresql://u:12/canary@h/db',
    at: 'postgresql://u:canary-@1@h/db',
    colon: 'postgresql://u:canary-:1@h/db',
    query: 'postgresql://u:12?canary@h/db',
    space: 'postgresql://u:canary 1@h/db',
    word: 'canary-1',
  }
  for (const [name, url] of Object.entries(refused)) {
    const faults = faultsOf({ DATABASE_URL: url })
    t.equal(faults.length, 1, name)
    t.match(faults[0], { field: 'DATABASE_URL', rule: /percent-encoded/, hint: /`\/` is %2F, `@` %40/ })
    t.notMatch(JSON.stringify(faults), /canary/)
  }
  t.same(fieldsOf({ DATABASE_URL: 'postgresql:///links?host=/run/postgresql' }), [], 'a socket')
})

t.test('the database address may come from a file', async t => {
  const folder = t.testdir({
    url: 'postgresql://u:canary-secret@h/db\n',
    empty: '\n',
    wrong: 'canary-secret',
    raw: 'postgresql://u:canary/@h/db',
  })
  t.equal(readSettings({ DATABASE_URL_FILE: `${folder}/url` }).databaseUrl, 'postgresql://u:canary-secret@h/db')
  const refused = {
    'cannot be read (ENOENT)': { DATABASE_URL_FILE: `${folder}/canary-absent` },
    'cannot be read (EISDIR)': { DATABASE_URL_FILE: folder },
    'is empty': { DATABASE_URL_FILE: `${folder}/empty` },
    'It is postgresql://USER': { DATABASE_URL_FILE: `${folder}/wrong` },
    'percent-encoded': { DATABASE_URL_FILE: `${folder}/raw` },
    'Both DATABASE_URL and DATABASE_URL_FILE are set': { DATABASE_URL_FILE: `${folder}/url`, DATABASE_URL: 'canary' },
  }
  for (const [rule, env] of Object.entries(refused)) {
    const faults = faultsOf(env)
    t.equal(faults.length, 1, rule)
    t.match(faults[0]?.rule, rule)
    t.notMatch(JSON.stringify(faults), /canary/)
  }
})

t.test('traces: the whole address comes first, and they can be switched off', async t => {
  const whole = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in' }
  const both = { ...whole, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
  t.match(readSettings(both).traces, { endpoint: 'https://traces.example.com/in', headers: {}, ratio: 1 })
  t.equal(readSettings({ ...both, OTEL_SDK_DISABLED: 'true' }).traces, undefined)
  t.equal(readSettings({ OTEL_SERVICE_NAME: 'links' }).traces, undefined, 'a name alone sends nothing')
})

t.test('traces: what cannot be meant is refused, without the secret', async t => {
  const faults = faultsOf({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=canary-%zz',
    OTEL_RESOURCE_ATTRIBUTES: 'production',
    OTEL_TRACES_SAMPLER: 'xray',
    OTEL_TRACES_SAMPLER_ARG: '10%',
    OTEL_SDK_DISABLED: 'yes',
  })
  t.same(faults.map(({ field }) => field).toSorted(), [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_RESOURCE_ATTRIBUTES',
    'OTEL_SDK_DISABLED',
    'OTEL_TRACES_SAMPLER',
    'OTEL_TRACES_SAMPLER_ARG',
  ])
  t.notMatch(JSON.stringify(faults), 'canary')
})
