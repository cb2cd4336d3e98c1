import { lookup as systemLookup } from 'node:dns'
import t from 'tap'
import type { ObjectSourceConfig } from '../../../src/config/schema.ts'
import { checkHttpSource } from '../../../src/linked-objects/sources/http/check-http-source.ts'
import { createHttpUpstream } from '../../../src/linked-objects/sources/http/http-upstream.ts'
import { forbiddenRange } from '../../../src/outgoing/forbidden-address.ts'
import type { DnsLookup } from '../../../src/outgoing/guarded-connector.ts'
import { hostOf } from '../../../src/outgoing/private-hosts.ts'
import type { RemoteKey } from '../../../src/tracker-contract/remote-key.ts'
import { playUpstream } from '../../support/played-upstream.ts'

type HttpConfig = Extract<ObjectSourceConfig, { source: 'http' }>

/** Hosts in every notation that a URL takes, by the range that they are in. */
const refused: Record<string, string[]> = {
  loopback: [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '0x7F.0x0.0x0.0x1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
  ],
  unspecified: ['0.0.0.0', '0', '0x0', '0.1.2.3', '[::]'],
  private: [
    '10.0.0.1',
    '10.255.255.255',
    '167772161',
    '012.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '0xc0a80001',
    '192.168.257',
  ],
  linkLocal: [
    '169.254.169.254',
    '169.254.0.1',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.43518',
    '[fe80::1]',
    '[febf::1]',
  ],
  carrierGradeNat: ['100.64.0.1', '100.100.100.199', '100.127.255.255'],
  multicast: ['224.0.0.1', '239.255.255.250', '[ff02::1]', '[ff05::1:3]'],
  broadcast: ['255.255.255.255', '4294967295'],
  reserved: [
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '240.0.0.1',
    '[2001:db8::1]',
    '[3fff::1]',
    // IPv4-compatible, and what is not handed out to hosts at all.
    '[::7f00:1]',
    '[::127.0.0.1]',
    '[::a9fe:a9fe]',
    '[4000::1]',
    '[0:0:1::1]',
  ],
  metadata: [
    '168.63.129.16',
    '0xa83f8110',
    '100.100.100.200',
    '0x646464c8',
    '0144.0144.0144.0310',
    '100.100.25800',
    '[fd00:ec2::254]',
    '[fd00:0ec2:0:0::0254]',
    '[FD00:EC2::23]',
    '[fd20:ce::254]',
    '[fd20:00ce::0:254]',
    '[fd00:42::42]',
    '[fd00:a9fe:a9fe::1]',
  ],
  uniqueLocal: ['[fc00::1]', '[fd00:ec3::254]', '[fd20:ce::253]', '[fdff::1]'],
  ipv4Mapped: ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:a9fe:a9fe]', '[::ffff:8.8.8.8]'],
  rfc6145: ['[::ffff:0:7f00:1]'],
  rfc6052: ['[64:ff9b::7f00:1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::1]'],
  '6to4': ['[2002:7f00:1::1]', '[2002:a9fe:a9fe::]'],
  teredo: ['[2001:0:7f00:1::]'],
  deprecatedSiteLocal: ['[fec0::1]'],
  discard: ['[100::1]'],
  segmentRouting: ['[5f00::1]'],
  as112: ['192.175.48.1'],
  amt: ['192.52.193.1', '[2001:3::1]'],
}

const allowed = [
  '8.8.8.8',
  '1.1.1.1',
  '134744072',
  '[2a00:1450:4010:c05::71]',
  '[2606:4700::1111]',
  '172.32.0.1',
  '100.128.0.1',
  '11.0.0.1',
]

const configFor = (origin: string, more: Partial<HttpConfig> = {}): HttpConfig => ({
  source: 'http',
  url: `${origin}/{{remoteKey}}`,
  mapping: { summary: 'title' },
  ...more,
})

/** A name server that gives these addresses for every name. */
const namesAt =
  (...addresses: string[]): DnsLookup =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

const nameless: DnsLookup = (_host, _options, callback) =>
  callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])

async function ask(config: HttpConfig, lookup?: DnsLookup): Promise<unknown> {
  const upstream = createHttpUpstream(config, { applicationId: 'crm', ...(lookup && { lookup }) })
  try {
    return await upstream.ask('1' as RemoteKey, { signal: new AbortController().signal })
  } catch (error) {
    return error
  } finally {
    await upstream.close()
  }
}

t.test('every notation of an address that is not on the internet is refused, by its range', async t => {
  let forms = 0
  for (const [range, hosts] of Object.entries(refused))
    for (const host of hosts) {
      forms++
      t.equal(forbiddenRange(hostOf(`http://${host}/`), false), range, host)
    }
  t.ok(forms >= 60, `${forms} forms`)
  for (const host of allowed) t.equal(forbiddenRange(hostOf(`http://${host}/`), false), undefined, host)
})

t.test('a host that is allowed by name may be in a private network, but is never a metadata service', async t => {
  for (const range of ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'])
    for (const host of refused[range] ?? []) t.equal(forbiddenRange(hostOf(`http://${host}/`), true), undefined, host)
  for (const range of [
    'linkLocal',
    'metadata',
    'multicast',
    'ipv4Mapped',
    'rfc6052',
    '6to4',
    'reserved',
    'unspecified',
  ])
    for (const host of refused[range] ?? []) t.equal(forbiddenRange(hostOf(`http://${host}/`), true), range, host)
})

t.test('what is not an address is refused', async t => {
  for (const text of [
    '',
    'localhost',
    '127.0.0.1:80',
    '1.2.3',
    '0x8.8.8.8',
    '08.8.8.8',
    '8.8.8.8 ',
    ':',
    '8.8.8.8%eth0',
  ])
    t.ok(forbiddenRange(text, true), text)
  t.equal(forbiddenRange('fe80::1%eth0', true), 'linkLocal')
})

t.test('nothing reaches a server on loopback that is not allowed by its name', async t => {
  const upstream = await playUpstream(t)
  const { port } = new URL(upstream.origin)
  const refusal = {
    name: 'SourceFailure',
    reason: 'forbidden',
    message: /not on the internet \(loopback\).*privateHosts/,
  }
  for (const host of refused.loopback ?? [])
    if (!host.startsWith('[')) t.match(await ask(configFor(`http://${host}:${port}`)), refusal, host)
  t.match(await ask(configFor(`http://localhost:${port}`)), refusal)
  const named = configFor(`http://crm.example.com:${port}`)
  t.match(await ask(named, namesAt('127.0.0.1')), refusal)
  t.match(await ask(named, namesAt('8.8.8.8', '127.0.0.1')), refusal, 'one answer of several')
  t.match(await ask({ ...named, privateHosts: ['other.example.com'] }, namesAt('127.0.0.1')), refusal)
  for (const metadata of ['169.254.169.254', 'fe80::a9fe:a9fe', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254'])
    t.match(
      await ask({ ...named, privateHosts: ['crm.example.com'] }, namesAt('127.0.0.1', metadata)),
      { reason: 'forbidden', message: /\((metadata|linkLocal)\).*`privateHosts` does not open it/ },
      metadata,
    )
  t.same(upstream.seen, [])
})

t.test('a metadata service is not asked although its very address is in `privateHosts`', async t => {
  for (const host of [...(refused.metadata ?? []), ...(refused.linkLocal ?? [])]) {
    const config = configFor(`http://${host}`, { privateHosts: [new URL(`http://${host}`).hostname] })
    t.match(await ask(config), { reason: 'forbidden', message: /does not open it/ }, host)
    const faults = checkHttpSource(config)
    t.match(faults, [{ field: 'url', rule: /\((metadata|linkLocal)\)/ }], host)
    const { privateHosts: _, ...without } = config
    const [fault] = checkHttpSource(without)
    t.match(fault, { field: 'url', hint: /Use an address of a host in your network/ }, 'no advice that does not help')
  }
})

t.test('a host that is allowed by its name is reached, by its name and by its address', async t => {
  const upstream = await playUpstream(t)
  const { port } = new URL(upstream.origin)
  const found = { title: 'Deal' }
  t.same(await ask(configFor(upstream.origin, { privateHosts: ['127.0.0.1'] })), found)
  const named = configFor(`http://CRM.example.com:${port}`, { privateHosts: ['crm.Example.com'] })
  t.same(await ask(named, namesAt('127.0.0.1')), found)
  t.equal(upstream.seen.at(-1)?.headers.host, `crm.example.com:${port}`)
  t.same(await ask(configFor(`http://localhost:${port}`, { privateHosts: ['localhost'] }), systemLookup), found)
})

t.test('a name is asked for once a connection: what was checked is what is connected to', async t => {
  const upstream = await playUpstream(t)
  const { port } = new URL(upstream.origin)
  let asked = 0
  const rebinding: DnsLookup = (host, options, callback) => {
    asked++
    namesAt(asked === 1 ? '127.0.0.1' : '169.254.169.254')(host, options, callback)
  }
  const named = configFor(`http://crm.example.com:${port}`, { privateHosts: ['crm.example.com'] })
  t.same(await ask(named, rebinding), { title: 'Deal' })
  t.equal(asked, 1)
})

t.test('a name that does not resolve is a failure', async t => {
  t.match(await ask(configFor('http://crm.example.com'), nameless), {
    reason: 'away',
    message: 'no answer came (ENOTFOUND)',
  })
  t.match(await ask(configFor('http://crm.example.com'), namesAt()), { reason: 'away' })
})
