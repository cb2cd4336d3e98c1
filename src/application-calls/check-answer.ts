import type { CallKind } from './calls.ts'
import { checkObjectInfo } from './check-object-info.ts'
import { error, type Finding, warning } from './finding.ts'
import { readJson } from './read-answer.ts'
import type { Answer } from './send-call.ts'
import { readShownObject, type ShownObject } from './shown-object.ts'

/** An answer is slow from here on, in milliseconds: a person is waiting for the card. */
const slowAnswer = 1000

/** What is wrong with an answer, by the contract (sections 3 to 5), and the card in it if there is one. */
export function checkAnswer(
  call: CallKind,
  answer: Answer,
  remoteKey: string,
): { findings: Finding[]; object?: ShownObject } {
  const slow = checkTime(answer)
  if (answer.status < 200 || answer.status > 299)
    return { findings: [checkStatus(call, answer.status), ...slow, ...checkRefusalType(answer)] }
  if (call !== 'entityInfo') return { findings: [...slow, ...checkEmptyOrJson(answer)] }
  if (answer.isCut) return { findings: [tooLong, ...slow] }

  const parsed = readJson(answer.body)
  if ('fault' in parsed) {
    const finding = error('body', parsed.fault, 'Answer the card as JSON in UTF-8.')
    return { findings: [finding, ...slow, ...checkType(answer)] }
  }
  const object = readShownObject(parsed.value, remoteKey)
  const findings = [...checkObjectInfo(parsed.value, remoteKey), ...slow, ...checkType(answer)]
  return object ? { findings, object } : { findings }
}

const tooLong = warning(
  'body',
  'is longer than a megabyte',
  'A card is a few hundred bytes: key, summary, and whatever else Tracker shows.',
)

function checkTime({ milliseconds }: Answer): Finding[] {
  if (milliseconds < slowAnswer) return []
  const hint = 'A person is waiting, and how long Tracker waits is not documented: answer within a second.'
  return [warning('time', `is ${(milliseconds / 1000).toFixed(1)} s`, hint)]
}

function checkStatus(call: CallKind, status: number): Finding {
  const [rule, hint] = statusWords(call, status)
  return { level: levelOf(status), field: 'status', rule: `is ${status}: ${rule}`, hint }
}

/**
 * No status but success is documented. Those that say something of the object or the link, and redirects, may mean anything to
 * Tracker. Any other says that the documented call was not taken at all, and that an application takes it is documented.
 */
const levelOf = (status: number): Finding['level'] =>
  (status >= 300 && status <= 399) || [404, 409, 410, 422].includes(status) ? 'warning' : 'error'

function statusWords(call: CallKind, status: number): [rule: string, hint: string] {
  if (status === 401 || status === 403)
    return ['the application refused the token', 'Compare the token that it expects with the one that was sent.']
  if (status === 404) return notFoundWords[call]
  if (status >= 300 && status <= 399)
    return ['a redirect, which Tracker is not documented to follow', 'Answer at the registered address itself.']
  if (status >= 500) return ['the application failed', 'Its log says why.']
  return ['the application refused the call', 'Its answer or its log says why.']
}

const notFoundWords: Record<CallKind, [rule: string, hint: string]> = {
  entityInfo: ['the application knows no such object, so there is no card', 'Correct for a key that does not exist.'],
  createLink: [
    'the application knows no such address or link',
    'Compare `createLinkUrl` with the address that the application answers at.',
  ],
  removeLink: [
    'the application knows no such address or link',
    'Answer 2xx when a link that does not exist is removed: the call may come twice.',
  ],
}

function checkType({ headers, body }: Answer): Finding[] {
  if (body.length === 0) return []
  const type = headers['content-type']
  if (type !== undefined && /^application\/json\s*(;|$)/i.test(type)) return []
  // The documents want JSON; how the answer names its type is not in them.
  return [warning('content-type', type === undefined ? 'is missing' : `is ${type}`, 'Send application/json.')]
}

/** How Tracker shows a refusal is not documented: any kind of JSON will do, and nothing else is safe. */
function checkRefusalType(answer: Answer): Finding[] {
  const isJson = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(answer.headers['content-type'] ?? '')
  return isJson ? [] : checkType(answer)
}

/** What answers a creation or a removal is not documented; nothing, or a small JSON document, is safe. */
function checkEmptyOrJson(answer: Answer): Finding[] {
  if (answer.body.length === 0) return []
  const parsed = answer.isCut ? { fault: tooLong.rule } : readJson(answer.body)
  if (!('fault' in parsed)) return checkType(answer)
  return [warning('body', parsed.fault, 'Answer nothing, or a small JSON document.')]
}
