import type { FastifyRequest } from 'fastify'

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const ipLiteral = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/

/** What speaks against a request: a name that is not ours, or a write that another site made the browser send. */
export type ForeignRequest = { reason: 'unknown-host' | 'other-site'; host: string }

/**
 * Tells whether a request may come from another site's page; undefined if it does not. Such a page can make a browser call
 * a server on this machine in two ways: by a name of its own that resolves to this address, so the name is checked; and by a
 * form or a script, so the origin of writes is checked. Programs send neither of these headers and are let in.
 * `hosts` are the names that the server was told to listen on.
 */
export function foreignRequest(request: FastifyRequest, hosts: readonly string[]): ForeignRequest | undefined {
  const { method, headers } = request
  const host = URL.parse(`http://${headers.host ?? ''}`)?.hostname ?? ''
  if (!loopback.test(host) && !ipLiteral.test(host) && !hosts.includes(host)) return { reason: 'unknown-host', host }
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return undefined
  const site = headers['sec-fetch-site']
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (headers.origin !== undefined && headers.origin !== `${request.protocol}://${headers.host}`)
  return isForeign ? { reason: 'other-site', host } : undefined
}
