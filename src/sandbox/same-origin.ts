import type { FastifyRequest } from 'fastify'

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const ipLiteral = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/

/**
 * Why a request may come from a page that is not ours, in words; undefined where it does not. A page of the web can make a
 * browser call a server on this machine: by a name of its own that leads here (so the name is checked), and by a form or a
 * script (so changes are checked for where they come from). Programs send neither of these headers and are let in.
 * `hosts` are the names under which the sandbox was made to listen.
 */
export function foreignPage({ method, headers }: FastifyRequest, hosts: readonly string[]): string | undefined {
  const host = URL.parse(`http://${headers.host ?? ''}`)?.hostname ?? ''
  if (!loopback.test(host) && !ipLiteral.test(host) && !hosts.includes(host))
    return `The sandbox is not called ${host || '(no Host)'}. Use its address, or start it with SANDBOX_HOST.`
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return undefined
  const site = headers['sec-fetch-site']
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
  return isForeign ? 'A page of another site asked for this change: it is refused.' : undefined
}
