import { Client } from 'pg'
import t from 'tap'
import { describePostgresAddress, readPostgresAddress } from '../../src/config/postgres-address.ts'

/** What pg makes of an address, without connecting. */
const driverReads = (text: string) => {
  const { host, port, database } = new Client({ connectionString: text })
  return { host, port: String(port), database }
}

t.test('a password with a character that ends it elsewhere is no part of an address', async t => {
  for (const character of ['/', '@', ':', '?', '#', '%', '%4z', ' ', '\t', '\n', '%ff', '/@', '?a=b', '?user/'])
    for (const password of [
      `canary${character}part`,
      `${character}part`,
      `canary${character}`,
      // Digits before it are taken for a port.
      `12${character}part`,
      `a${character}b${character}c`,
    ])
      for (const rest of ['h:5432/db', 'h', 'h/db?sslmode=disable', '/db?host=/run/postgresql'])
        t.equal(readPostgresAddress(`postgresql://u:${password}@${rest}`), undefined, `${password}@${rest}`)
})

t.test('encoded, every character may be in a password', async t => {
  for (const character of ['/', '@', ':', '?', '#', '%', ' ', '\n', 'ü', '[', '"', '\\', '&', '=', '+', '^', '|']) {
    const password = `canary${character}part`
    const text = `postgresql://u:${encodeURIComponent(password)}@h:5433/db?sslmode=disable`
    t.strictSame(readPostgresAddress(text), { host: 'h', port: '5433', database: 'db' }, character)
    t.equal(new Client({ connectionString: text }).password, password, 'as the driver reads it')
  }
})

t.test('host, port and database are those to which the driver connects', async t => {
  for (const [text, description] of [
    ['postgresql://u:canary@db.example.com:6432/links', 'db.example.com:6432/links'],
    ['postgres://u@db.example.com/links?sslmode=disable', 'db.example.com:5432/links'],
    ['postgresql://db.example.com/links?user=u@tenant&password=canary@1', 'db.example.com:5432/links'],
    ['postgresql://u:canary@[::1]:5432/links', '[::1]:5432/links'],
    ['postgresql://u:canary@localhost/links?host=%2Frun%2Fpostgresql', '/run/postgresql:5432/links'],
    ['postgresql:///links?host=/run/postgresql', '/run/postgresql:5432/links'],
    ['postgresql://u:canary@/links?host=/run/postgresql&port=5433', '/run/postgresql:5433/links'],
    ['postgresql://u:canary@%2Frun%2Fpostgresql/links', '/run/postgresql:5432/links'],
  ] as const) {
    t.equal(describePostgresAddress(text), `PostgreSQL at ${description}`, text)
    const { host, port, database } = driverReads(text)
    t.equal(`${host}:${port}/${database}`, description.replace(/[[\]]/g, ''), 'the driver')
  }
  t.equal(describePostgresAddress('postgresql://u:canary@h'), 'PostgreSQL at h:5432')
})

t.test('what is no address of a PostgreSQL is none, several hosts among them', async t => {
  for (const text of [
    '',
    'h',
    'mysql://h/db',
    'postgresql:h/db',
    'postgresql://h:5432,i:5432/db',
    'postgresql://h:x/db',
  ])
    t.equal(readPostgresAddress(text), undefined, text)
})
