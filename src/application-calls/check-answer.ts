import type { CallKind, Finding, ShownObject } from './application-calls.ts'
import { checkObjectInfo } from './check-object-info.ts'
import { readJson, readShownObject } from './read-answer.ts'

/** An answer as it came. `body` is cut at the bound of `send-call.ts`. */
export type Answer = {
  status: number
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  isCut: boolean
  milliseconds: number
}

/** From this on an answer is told to be slow: a person waits for the card. In milliseconds. */
const slowAnswer = 1000

/** What is wrong with an answer, by the contract (sections 3 to 5), and the card in it if there is one. */
export function checkAnswer(
  call: CallKind,
  answer: Answer,
  remoteKey: string,
): { findings: Finding[]; object?: ShownObject } {
  const slow = answer.milliseconds >= slowAnswer ? [slowFinding(answer.milliseconds)] : []
  if (answer.status < 200 || answer.status > 299)
    return { findings: [checkStatus(call, answer.status), ...slow, ...checkRefusalType(answer)] }
  if (call !== 'entityInfo') return { findings: [...slow, ...checkEmptyOrJson(answer)] }
  if (answer.isCut) return { findings: [tooLong, ...slow] }

  const parsed = readJson(answer.body)
  if ('fault' in parsed) {
    const finding: Finding = {
      level: 'error',
      field: 'body',
      rule: parsed.fault,
      hint: 'Answer the card as JSON in UTF-8.',
    }
    return { findings: [finding, ...slow, ...checkType(answer)] }
  }
  const object = readShownObject(parsed.value, remoteKey)
  const findings = [...checkObjectInfo(parsed.value, remoteKey), ...slow, ...checkType(answer)]
  return object ? { findings, object } : { findings }
}

const tooLong: Finding = {
  level: 'error',
  field: 'body',
  rule: 'is longer than a megabyte',
  hint: 'A card is a few hundred bytes: key, summary, and what else Tracker shows.',
}

const slowFinding = (milliseconds: number): Finding => ({
  level: 'warning',
  field: 'time',
  rule: `is ${(milliseconds / 1000).toFixed(1)} s`,
  hint: 'A person waits for it, and how long Tracker does is not documented: answer within a second.',
})

function checkStatus(call: CallKind, status: number): Finding {
  const [rule, hint] = statusWords(call, status)
  const isUnknownObject = status === 404 && call === 'entityInfo'
  return { level: isUnknownObject ? 'warning' : 'error', field: 'status', rule: `is ${status}: ${rule}`, hint }
}

function statusWords(call: CallKind, status: number): [string, string] {
  if (status === 401 || status === 403)
    return ['the application did not let the call in', 'Compare the token that it expects with the one that was sent.']
  if (status === 404)
    return call === 'entityInfo'
      ? ['the application knows no such object, so there is no card', 'Right for a key that does not exist.']
      : [
          'the application knows no such address or link',
          call === 'removeLink'
            ? 'Answer the removal of a link that is not there with 2xx: it may be asked for twice.'
            : 'Compare `createLinkUrl` with the address that the application answers at.',
        ]
  if (status >= 300 && status <= 399)
    return ['a redirect, which Tracker is not documented to follow', 'Answer at the registered address itself.']
  if (status >= 500) return ['the application failed', 'Its log says why.']
  return ['the application refused the call', 'Its answer, or its log, says why.']
}

function checkType({ headers, body }: Answer): Finding[] {
  if (body.length === 0) return []
  const type = headers['content-type']
  if (type !== undefined && /^application\/json\s*(;|$)/i.test(type)) return []
  const rule = type === undefined ? 'is missing' : `is ${type}`
  return [{ level: 'error', field: 'content-type', rule, hint: 'Send application/json.' }]
}

/** How a refusal is shown is not documented: any JSON will do, and nothing else is safe. */
function checkRefusalType(answer: Answer): Finding[] {
  const isJson = /^application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(answer.headers['content-type'] ?? '')
  return isJson ? [] : checkType(answer).map(finding => ({ ...finding, level: 'warning' }))
}

/** What a creation or removal answers is not documented; nothing, or a small JSON, is safe. */
function checkEmptyOrJson(answer: Answer): Finding[] {
  if (answer.body.length === 0) return []
  const parsed = answer.isCut ? { fault: 'is longer than a megabyte' } : readJson(answer.body)
  if (!('fault' in parsed)) return checkType(answer)
  return [{ level: 'warning', field: 'body', rule: parsed.fault, hint: 'Answer nothing, or a small JSON.' }]
}
