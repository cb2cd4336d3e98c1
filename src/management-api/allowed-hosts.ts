import { isIP } from 'node:net'
import { Problem } from '../errors/problem.ts'

/**
 * Returns what is wrong with the Host of a request, if it is none of ours. A page of a stranger can have the name of its site
 * lead to this machine (DNS rebinding): the browser of an operator then takes our answers for its own. It sends that name as Host, so
 * names are answered only if they are known; an IP address is none that could be bent, and a probe calls by it.
 */
export function hostRule(names: readonly string[]): (host: string | undefined) => Problem | undefined {
  const allowed = new Set(['localhost', ...names.map(name => name.toLowerCase())])
  return host => {
    // HTTP/1.0, which no browser speaks any more.
    if (host === undefined) return undefined
    const name = nameOf(host)
    if (isIP(name) !== 0 || allowed.has(name)) return undefined
    return new Problem('host-not-allowed', 'The header Host names a host that this port does not answer for.')
  }
}

/** The host of a header Host, without the port; empty if it is not well-formed. */
function nameOf(host: string): string {
  const [, address, name = ''] = /^(?:\[([\da-f:.]*)\]|([^:[\]]*))(?::\d*)?$/i.exec(host) ?? []
  return address ?? name.toLowerCase().replace(/\.$/, '')
}
