import { EventEmitter } from 'node:events'
import type { LookupFunction } from 'node:net'
import t from 'tap'
import { type AddressGuard, type DnsLookup, guardedConnector } from '../../src/outgoing/guarded-connector.ts'

const closed: AddressGuard = { isPrivateAllowed: false }

/** Connects, whatever is asked for, to an address, and tells what the caller was given. */
async function reaching(remoteAddress: string, guard: AddressGuard) {
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    isDestroyed: false,
    destroy: () => {
      socket.isDestroyed = true
    },
  })
  const connector = (_target: unknown, callback: (error: null, socket: unknown) => void) => callback(null, socket)
  const connect = guardedConnector((() => connector) as never, {}, guard)
  const target = { hostname: 'crm.example.com', protocol: 'https:', port: '443' }
  const [error, given] = await new Promise<unknown[]>(resolve => {
    connect(target, (...answer: unknown[]) => resolve(answer))
  })
  return { error, given, isDestroyed: socket.isDestroyed }
}

t.test('a connection that has reached a private address, whatever its name said, is closed and not used', async t => {
  const { error, given, isDestroyed } = await reaching('10.0.0.1', { isPrivateAllowed: false })
  t.match(error, { name: 'OutgoingFailure', reason: 'forbidden' })
  t.equal(given, null)
  t.equal(isDestroyed, true)
})

t.test('one that may be reached is used', async t => {
  for (const [address, isPrivateAllowed] of [
    ['203.0.114.1', false],
    ['10.0.0.1', true],
  ] as const) {
    const { error, given, isDestroyed } = await reaching(address, { isPrivateAllowed })
    t.equal(error, null)
    t.ok(given)
    t.equal(isDestroyed, false)
  }
})

t.test('an address that may not be reached is not connected to at all, in brackets or without', async t => {
  const connected: unknown[] = []
  const connect = guardedConnector(() => target => connected.push(target), {}, closed)
  for (const hostname of ['[::1]', '10.0.0.1']) {
    const target = { hostname, protocol: 'http:', port: '80' }
    const error = await new Promise(resolve => connect(target, (...answer) => resolve(answer[0])))
    t.match(error, { reason: 'forbidden' }, hostname)
  }
  t.same(connected, [])
})

t.test('a name leads to the first address of an answer, all of which may be reached', async t => {
  const answers: Record<string, string[]> = {
    good: ['203.0.114.1', '203.0.114.2'],
    mixed: ['203.0.114.1', '10.0.0.1'],
    empty: [],
  }
  const lookup: DnsLookup = (host, _options, callback) =>
    callback(
      null,
      (answers[host] ?? []).map(address => ({ address, family: 4 })),
    )
  let ofConnector: LookupFunction | undefined
  const build = (options: { lookup: LookupFunction }) => {
    ofConnector = options.lookup
  }
  guardedConnector(build as never, {}, { ...closed, lookup })
  const found = (host: string, all: boolean) =>
    new Promise(resolve => ofConnector?.(host, { all }, (...answer) => resolve(answer)))
  t.same(await found('good', false), [null, '203.0.114.1', 4])
  t.match(await found('good', true), [null, [{ address: '203.0.114.1' }, { address: '203.0.114.2' }]])
  t.match(await found('mixed', false), [{ reason: 'forbidden' }])
  t.match(await found('empty', false), [{ message: 'no address' }, ''])
})
