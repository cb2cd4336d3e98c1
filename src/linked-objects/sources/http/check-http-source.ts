import { isIP } from 'node:net'
import type { Fault } from '../../../errors/problem.ts'
import { forbiddenRange, isOpenable } from '../../../outgoing/forbidden-address.ts'
import { bareHost, hostOf, isPrivateHost } from '../../../outgoing/private-hosts.ts'
import { checkKeyPattern, checkPlaceholders, knownPlaceholders, placeholderHint } from '../check-key-pattern.ts'
import { fillPlaceholders, placeholdersOf } from '../placeholders.ts'
import { climbs, type HttpConfig, sampleAddress } from './fill-request.ts'

/** What is wrong with the request that a source would make; fields count from `objects`. */
export function checkHttpSource(config: HttpConfig): Fault[] {
  const pattern = checkKeyPattern(config.keyPattern)
  // Without a valid pattern, the names of the placeholders are not known.
  return [
    ...pattern,
    ...(pattern.length === 0 ? checkKeyParts(config) : []),
    ...checkBody(config),
    ...checkHost(config),
    ...checkHeaders(config),
  ]
}

function checkKeyParts({ url, body = '', keyPattern }: HttpConfig): Fault[] {
  const known = knownPlaceholders(keyPattern)
  const used = [['url', url] as const, ['body', body] as const].flatMap(([field, text]) =>
    placeholdersOf(text).map(name => ({ field, name })),
  )
  if (used.length === 0)
    return [{ field: 'url', rule: 'The address is the same for every object', hint: placeholderHint(known) }]
  const unknown = checkPlaceholders(used, known)
  if (climbs(url))
    return [...unknown, { field: 'url', rule: 'A segment of the path is `.` or `..`', hint: 'Leave it out.' }]
  return unknown
}

function checkBody({ method = 'GET', body }: HttpConfig): Fault[] {
  if (body === undefined) return []
  if (method !== 'POST')
    return [{ field: 'body', rule: 'A GET has no body', hint: 'Add `method: POST`, or remove it.' }]
  try {
    // This text is valid JSON inside a string only.
    JSON.parse(fillPlaceholders(body, () => 'a key'))
    return []
  } catch {
    const hint = 'Write JSON, with each placeholder inside a string: `{"query": "{{remoteKey}}"}`.'
    return [{ field: 'body', rule: 'The body is not JSON', hint }]
  }
}

function checkHost({ url, privateHosts = [] }: HttpConfig): Fault[] {
  const address = sampleAddress(url)
  const host = hostOf(address)
  const isPrivateAllowed = isPrivateHost(address, privateHosts)
  const isLocal = host === 'localhost' || host.endsWith('.localhost')
  const range = isLocal ? 'loopback' : isIP(host) === 0 ? undefined : forbiddenRange(host, false)
  const isRefused = isLocal
    ? !isPrivateAllowed
    : range !== undefined && forbiddenRange(host, isPrivateAllowed) !== undefined
  if (!isRefused) return []
  const rule = `Nothing is sent to this host, which is not on the internet (${range})`
  const hint = !isOpenable(range ?? '')
    ? 'Use an address of a host in your network; `privateHosts` does not open this one.'
    : `If you mean this host, add \`privateHosts: ["${bareHost(host)}"]\`.`
  return [{ field: 'url', rule, hint }]
}

function checkHeaders({ headers = {} }: HttpConfig): Fault[] {
  return Object.keys(headers)
    .filter(name => ownHeaders.has(name.toLowerCase()))
    .map(name => ({
      field: `headers/${name}`,
      rule: 'This header belongs to the connection and is set by the server',
      hint: 'Remove it.',
    }))
}

const ownHeaders = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
