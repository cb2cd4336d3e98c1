import { lookup } from 'node:dns/promises'
import { errorCode } from '../errors/error-code.ts'
import { ipLiteral, isPublicAddress } from '../outgoing/public-host.ts'
import { type Finding, warning } from './finding.ts'

const timeLimitMilliseconds = 3_000
const mostRedirects = 3

/** Asks for the icon as a browser would. Only a warning if no image comes: the owner may be offline, or the icon not yet there. */
export async function checkIcon(defaultIconUrl: string, field: string): Promise<Finding[]> {
  const signal = AbortSignal.timeout(timeLimitMilliseconds)
  const fault = await faultOf('HEAD', defaultIconUrl, signal)
  // Some servers refuse HEAD, or answer it without a content type.
  const last = fault && (await faultOf('GET', defaultIconUrl, signal))
  if (last === undefined) return []
  return [warning(`${field}.defaultIconUrl`, last, 'Correct the address, or go on with --offline if it is right.')]
}

/** What is wrong with the answer to one method, as a sentence; undefined if an image comes. */
async function faultOf(method: 'HEAD' | 'GET', icon: string, signal: AbortSignal): Promise<string | undefined> {
  // Loaded for this question only: the sheet needs none.
  const { request } = await import('undici')
  try {
    let address = new URL(icon)
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const { statusCode, headers, body } = await request(address, { method, signal, headers: { accept: 'image/*' } })
      // The body is not needed, and may have no end.
      body.on('error', () => undefined).destroy()
      const type = String(headers['content-type'] ?? '')
      if (statusCode === 200)
        return /^image\//i.test(type) ? undefined : `The icon is not an image but ${type || 'of no type'}`
      if (statusCode < 300 || statusCode > 399 || headers.location === undefined)
        return `The icon's address answers ${statusCode}`
      const next = new URL(String(headers.location), address)
      if (!(await mayFollow(address, next))) return "The icon's address redirects to one that is not public"
      address = next
    }
    return `The icon's address redirects more than ${mostRedirects} times`
  } catch (error) {
    return signal.aborted
      ? `The icon did not come within ${timeLimitMilliseconds / 1000} seconds`
      : `The icon's address does not answer (${errorCode(error)})`
  }
}

/** The owner's own address may lie in a private network; the target of a redirect to another origin may not. */
async function mayFollow(from: URL, to: URL): Promise<boolean> {
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return false
  if (to.origin === from.origin) return true
  const literal = ipLiteral(to.hostname)
  const addresses = literal ? [literal] : (await lookup(to.hostname, { all: true })).map(({ address }) => address)
  return addresses.every(isPublicAddress)
}
