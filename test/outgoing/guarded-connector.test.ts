import { EventEmitter } from 'node:events'
import t from 'tap'
import { type AddressGuard, guardedConnector } from '../../src/outgoing/guarded-connector.ts'

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
