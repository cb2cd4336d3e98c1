import { isIP } from 'node:net'
import type { Fault } from '../../../errors/problem.ts'
import { forbiddenRange } from '../../../outgoing/forbidden-address.ts'
import { bareHost, hostOf, isPrivateHost } from '../../../outgoing/private-hosts.ts'
import { climbs, fillPlaceholders, type HttpConfig, placeholdersOf, sampleAddress } from './fill-request.ts'
import { compileKeyPattern, groupNames, isTooSlow } from './key-parts.ts'

/** What is wrong with the request that a source would make; fields count from `objects`. */
export function checkHttpSource(config: HttpConfig): Fault[] {
  const pattern = checkKeyPattern(config.keyPattern)
  // Without a valid pattern, the names of the placeholders are not known.
  return [
    ...pattern,
    ...(pattern.length === 0 ? checkPlaceholders(config) : []),
    ...checkBody(config),
    ...checkHost(config),
    ...checkHeaders(config),
  ]
}

function checkKeyPattern(keyPattern: string | undefined): Fault[] {
  if (keyPattern === undefined) return []
  const field = 'keyPattern'
  try {
    compileKeyPattern(keyPattern)
  } catch (error) {
    const rule = `This is not a regular expression (${(error as Error).message})`
    return [{ field, rule, hint: 'Write a JavaScript one that is valid with the flag `u`, without slashes around it.' }]
  }
  if (!isTooSlow(keyPattern)) return []
  const rule = 'This pattern takes too long on some keys'
  return [{ field, rule, hint: 'Avoid a repetition inside a repetition, such as `(a+)+`.' }]
}

function checkPlaceholders({ url, body = '', keyPattern }: HttpConfig): Fault[] {
  const known = ['remoteKey', ...(keyPattern === undefined ? [] : groupNames(keyPattern))]
  const used = [['url', url] as const, ['body', body] as const].flatMap(([field, text]) =>
    placeholdersOf(text).map(name => ({ field, name })),
  )
  const hint = `Use ${known.map(name => `\`{{${name}}}\``).join(', ')}, or name a group of \`keyPattern\`: \`(?<name>…)\`.`
  const unknown = used
    .filter(({ name }) => !known.includes(name))
    .map(({ field, name }) => ({ field, rule: `Nothing fills the placeholder \`{{${name}}}\``, hint }))
  if (used.length === 0) return [{ field: 'url', rule: 'The address is the same for every object', hint }]
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
  const hint = isPrivateAllowed
    ? 'Use an address of a host in your network.'
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
