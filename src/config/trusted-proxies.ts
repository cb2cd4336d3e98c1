import { isIP } from 'node:net'
import type { PathFault } from './config-faults.ts'
import { text } from './schemas/schema-parts.ts'

const form =
  'They are IP addresses or networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, with commas between.'

/** As proxy-addr, which Fastify asks, takes one; `faultsOfProxies` looks closer. */
const one = '(loopback|linklocal|uniquelocal|[\\da-fA-F.:]+(/\\d{1,3})?)'

/** The setting of the proxies whose X-Forwarded-For is believed. */
export const trustedProxies = text(
  'Proxies whose header `X-Forwarded-For` is believed: addresses or networks, with commas between, or `loopback`, `linklocal` and `uniquelocal` for the networks of these names. Limits by client address then hold for each client behind the proxy; without this setting, for all of them together.',
  {
    pattern: `^${one}( *, *${one})*$`,
    patternErrorMessage: form,
    examples: ['10.0.0.0/8', 'loopback,uniquelocal'],
  },
)

/** The parts of a setting that has commas between them. */
export const listed = (written = ''): string[] =>
  written
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)

/** What a pattern cannot tell: whether each is an address or a network. */
export function faultsOfProxies(written: string | undefined): PathFault[] {
  const bad = listed(written).filter(proxy => !/^[a-z]+$/.test(proxy) && !isNetwork(proxy))
  return bad.map(proxy => ({ path: ['TRUSTED_PROXIES'], rule: `${proxy} is no IP address or network`, hint: form }))
}

function isNetwork(proxy: string): boolean {
  const [address = '', bits] = proxy.split('/')
  const version = isIP(address)
  const most = version === 4 ? 32 : 128
  return version !== 0 && (bits === undefined || (Number(bits) >= 1 && Number(bits) <= most))
}
