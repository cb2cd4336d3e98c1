import { type Fault, invalidInput } from '../errors/problem.ts'
import type { IssueNews } from '../links/issue-news.ts'
import { type IssueKey, issueKeyRule, parseIssueKey } from '../tracker-contract/issue-key.ts'

const events = ['moved', 'closed', 'deleted'] as const

/**
 * What the body of a trigger's request tells: `{ event, issue: { key, id, previousKey, aliases } }`. Tracker fills in variables, and
 * what it does not know stays empty or as it was: that counts as left out. Other fields do not matter. Throws Problem
 * `body-invalid`.
 */
export function readTrigger(body: unknown): IssueNews {
  const { event: named, issue } = Object(body) as { event?: unknown; issue?: unknown }
  const { key, id, previousKey, aliases } = Object(issue) as Record<string, unknown>
  const event = events.find(one => one === textOf(named)?.toLowerCase())
  const issueKey = keyOf(key)
  const issueId = textOf(id)
  const faults: Fault[] = []
  if (event === undefined)
    faults.push(
      fault('event', `must be ${events.join(', ')}`, 'Send what `tracker-links registration triggers` prints.'),
    )
  if (issueKey === undefined && textOf(key) !== undefined)
    faults.push(fault('issue/key', `must be ${issueKeyRule}`, 'Send `{{issue.key}}`.'))
  else if (issueKey === undefined && issueId === undefined)
    faults.push(fault('issue/key', 'is missing, and so is issue/id', 'Send `{{issue.key}}`.'))
  if (faults.length > 0 || event === undefined) throw invalidInput('body-invalid', faults)
  return {
    event,
    ...(issueId !== undefined && { issueId }),
    ...(issueKey !== undefined && { issueKey }),
    formerKeys: [previousKey, aliases].flat().flatMap(one => keyOf(one) ?? []),
  }
}

/** A text, or a number that is meant as one; undefined if there is nothing, or a variable that was not filled in. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  const trimmed = text.trim()
  return trimmed === '' || trimmed.includes('{{') || trimmed.length > 200 ? undefined : trimmed
}

const keyOf = (value: unknown): IssueKey | undefined => parseIssueKey(textOf(value) ?? '')

const fault = (field: string, rule: string, hint: string): Fault => ({ field, rule, hint })
