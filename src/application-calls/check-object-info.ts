import type { Finding } from './application-calls.ts'

// What Tracker's documents say of an entity info's answer ("Setting up an external application"), checked anew here: the
// server that is tested must not judge itself.

type Fields = Record<string, unknown>

const known = ['key', 'summary', 'iconUrl', 'status', 'resolution', 'assignee', 'updated', 'deadline']
const longMost = 2n ** 63n - 1n

const error = (field: string, rule: string, hint: string): Finding => ({ level: 'error', field, rule, hint })
const warning = (field: string, rule: string, hint: string): Finding => ({ level: 'warning', field, rule, hint })

/** What differs from the contract in the parsed body of an entity info. Numbers come as `ExactNumber` (see parse-answer.ts). */
export function checkObjectInfo(body: unknown, remoteKey: string): Finding[] {
  if (!isObject(body)) return [error('body', 'is no JSON object', 'Answer one object with `key` and `summary`.')]
  return [
    ...checkKey(body, remoteKey),
    ...checkText(body, 'summary', true),
    ...checkIcon(body),
    ...checkState(body, 'status'),
    ...checkState(body, 'resolution'),
    ...checkAssignee(body),
    ...checkDate(body, 'updated'),
    ...checkDate(body, 'deadline'),
    ...checkNames(body, '', known),
  ]
}

/** A number of an answer with the digits that it was written with. */
export type ExactNumber = { readonly number: string }
const isNumber = (value: unknown): value is ExactNumber =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null && 'number' in value

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isNumber(value)

function checkKey(body: Fields, remoteKey: string): Finding[] {
  const findings = checkText(body, 'key', true)
  if (findings.length > 0 || body.key === remoteKey) return findings
  return [error('key', `is another one than was asked for, ${remoteKey}`, 'Answer the key of the address, unchanged.')]
}

function checkText(body: Fields, name: string, isRequired: boolean, at = ''): Finding[] {
  const field = at + name
  const value = body[name]
  if (value === undefined)
    return isRequired ? [error(field, 'is missing, and is required', `Send \`${field}\` as a text.`)] : []
  if (value === null) return [nullFinding(field, isRequired)]
  if (typeof value !== 'string') return [error(field, `is ${typeName(value)}, not a text`, 'Put it in quotes.')]
  if (isRequired && value.trim() === '') return [error(field, 'is empty', 'Send a text that a person can read.')]
  return []
}

function checkIcon(body: Fields): Finding[] {
  const findings = checkText(body, 'iconUrl', false)
  if (findings.length > 0 || body.iconUrl === undefined) return findings
  const url = URL.parse(body.iconUrl as string)
  if (url?.protocol === 'https:') return []
  if (url?.protocol === 'http:')
    return isLoopback(url.hostname)
      ? []
      : [warning('iconUrl', 'is an http:// address, which a page of Tracker may not load', 'Use https://.')]
  return [error('iconUrl', 'is no whole address of the web', 'Start it with https:// and the name of a host.')]
}

const isLoopback = (host: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host)

function checkState(body: Fields, name: 'status' | 'resolution'): Finding[] {
  return checkInside(body, name, ['name', 'description'], state => [
    ...checkText(state, 'name', true, `${name}.`),
    ...checkText(state, 'description', false, `${name}.`),
  ])
}

function checkAssignee(body: Fields): Finding[] {
  return checkInside(body, 'assignee', ['trackerUid', 'passportUid', 'login'], assignee => [
    ...checkLong(assignee, 'trackerUid'),
    ...checkLong(assignee, 'passportUid'),
    ...checkText(assignee, 'login', false, 'assignee.'),
    ...(Object.keys(assignee).length > 0
      ? []
      : [error('assignee', 'names nobody', 'Send one of trackerUid, passportUid and login, or leave it out.')]),
  ])
}

function checkInside(body: Fields, name: string, names: string[], check: (inside: Fields) => Finding[]): Finding[] {
  const value = body[name]
  if (value === undefined) return []
  if (value === null) return [nullFinding(name, false)]
  if (!isObject(value))
    return [error(name, `is ${typeName(value)}, not an object`, `Send an object with ${names.join(', ')}.`)]
  return [...check(value), ...checkNames(value, `${name}.`, names)]
}

function checkLong(assignee: Fields, name: string): Finding[] {
  const value = assignee[name]
  const field = `assignee.${name}`
  if (value === undefined) return []
  if (value === null) return [nullFinding(field, false)]
  if (!isNumber(value)) return [error(field, `is ${typeName(value)}, not a whole number`, 'Send its bare digits.')]
  if (/^\d+$/.test(value.number) && BigInt(value.number) <= longMost) return []
  return [error(field, `is ${value.number}, not a whole number of 64 bits`, 'Send its bare digits, all of them.')]
}

const dateForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/

function checkDate(body: Fields, name: string): Finding[] {
  const findings = checkText(body, name, false)
  const text = body[name]
  if (findings.length > 0 || typeof text !== 'string') return findings
  if (dateForm.test(text)) {
    if (isRealDate(text)) return []
    return [error(name, `is ${text}, a moment that there is not`, 'Look at its day, hour and offset.')]
  }
  const date = new Date(text)
  const example = Number.isNaN(date.getTime()) ? '2024-05-02T10:11:12.345+0000' : trackerForm(date)
  return [
    error(
      name,
      `is ${text}, not of the form YYYY-MM-DDThh:mm:ss.sss±hhmm`,
      `Write it with milliseconds and an offset without a colon: ${example}.`,
    ),
  ]
}

const trackerForm = (date: Date) => date.toISOString().replace('Z', '+0000')

/** JavaScript takes 30 February for 1 March, and 24:00 for the next day. */
function isRealDate(text: string): boolean {
  const local = text.slice(0, 23)
  const date = new Date(`${local}Z`)
  const [hours, minutes] = [Number(text.slice(24, 26)), Number(text.slice(26, 28))]
  return !Number.isNaN(date.getTime()) && date.toISOString() === `${local}Z` && hours <= 14 && minutes <= 59
}

function checkNames(body: Fields, at: string, names: readonly string[]): Finding[] {
  return Object.keys(body)
    .filter(name => !names.includes(name))
    .map(name => {
      const meant = names.find(one => one.toLowerCase() === name.toLowerCase().replaceAll(/[_-]/g, ''))
      return warning(
        at + name,
        'is no field of a card',
        meant ? `Tracker's name is \`${at}${meant}\`.` : `Tracker knows ${names.join(', ')}.`,
      )
    })
}

/** Whether Tracker takes null is not documented, so it is no error where the field may be absent. */
const nullFinding = (field: string, isRequired: boolean) =>
  (isRequired ? error : warning)(field, 'is null', isRequired ? 'Send a text.' : 'Leave the field out instead.')

function typeName(value: unknown): string {
  if (isNumber(value)) return 'a number'
  if (Array.isArray(value)) return 'a list'
  return { string: 'a text', boolean: 'a truth value', object: 'an object' }[typeof value as string] ?? 'nothing'
}
