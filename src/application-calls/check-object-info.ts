import {
  checkDate,
  checkLong,
  checkNames,
  checkText,
  type Fields,
  isObject,
  nullFinding,
  typeName,
} from './check-values.ts'
import { error, type Finding, warning } from './finding.ts'

// Tracker's documents on the answer of entity info ("Setting up an external application"), checked by code of its own: the
// server that is tested must not judge itself.

const known = ['key', 'summary', 'iconUrl', 'status', 'resolution', 'assignee', 'updated', 'deadline']

/** What differs from the contract in the body of an entity info, as `readJson` reads it. */
export function checkObjectInfo(body: unknown, remoteKey: string): Finding[] {
  if (!isObject(body)) return [error('body', 'is not a JSON object', 'Answer one object with `key` and `summary`.')]
  return [
    ...checkKey(body, remoteKey),
    ...checkText(body, 'summary', { isRequired: true }),
    ...checkIcon(body),
    ...checkState(body, 'status'),
    ...checkState(body, 'resolution'),
    ...checkAssignee(body),
    ...checkDate(body, 'updated'),
    ...checkDate(body, 'deadline'),
    ...checkNames(body, known),
  ]
}

function checkKey(body: Fields, remoteKey: string): Finding[] {
  // A key may consist of blanks.
  if (body.key === remoteKey) return []
  const findings = checkText(body, 'key', { isRequired: true })
  if (findings.length > 0) return findings
  const rule = `differs from the requested one, ${remoteKey}`
  return [{ ...error('key', rule, 'Answer the key of the address, unchanged.'), code: 'other-key' }]
}

function checkIcon(body: Fields): Finding[] {
  const findings = checkText(body, 'iconUrl')
  if (findings.length > 0 || body.iconUrl === undefined) return findings
  const url = URL.parse(body.iconUrl as string)
  if (url?.protocol === 'https:') return []
  const hint = 'Start it with https:// and the name of a host.'
  if (!url) return [error('iconUrl', 'is not an absolute web address', hint)]
  if (url.protocol !== 'http:')
    return [warning('iconUrl', `is a ${url.protocol} address, which a page of Tracker may not load`, hint)]
  if (isLoopback(url.hostname)) return []
  return [warning('iconUrl', 'is an http:// address, which a page of Tracker may not load', 'Use https://.')]
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

function checkState(body: Fields, name: 'status' | 'resolution'): Finding[] {
  return checkInside(body, name, ['name', 'description'], state => [
    ...checkText(state, 'name', { isRequired: true, of: name }),
    ...checkText(state, 'description', { of: name }),
  ])
}

function checkAssignee(body: Fields): Finding[] {
  return checkInside(body, 'assignee', ['trackerUid', 'passportUid', 'login'], assignee => [
    ...checkLong(assignee, 'trackerUid', 'assignee'),
    ...checkLong(assignee, 'passportUid', 'assignee'),
    ...checkText(assignee, 'login', { of: 'assignee' }),
    ...(Object.keys(assignee).length > 0
      ? []
      : [warning('assignee', 'names nobody', 'Send one of trackerUid, passportUid and login, or leave it out.')]),
  ])
}

/** Checks a field that holds an object of these names. */
function checkInside(
  body: Fields,
  name: string,
  names: readonly string[],
  check: (inside: Fields) => Finding[],
): Finding[] {
  const value = body[name]
  if (value === undefined) return []
  if (value === null) return [nullFinding(name)]
  if (!isObject(value))
    return [error(name, `is ${typeName(value)}, not an object`, `Send an object with ${names.join(', ')}.`)]
  return [...check(value), ...checkNames(value, names, name)]
}
