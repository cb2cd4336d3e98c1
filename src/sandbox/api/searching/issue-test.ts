import type { Condition, IssueTest } from './condition.ts'
import { searchableField } from './searchable-fields.ts'
import { type Searcher, testOf } from './value-tests.ts'

/** The test of a condition. Throws `Refusal` 400 for a field or a value that the sandbox cannot search by. */
export function issueTest(condition: Condition, searcher: Searcher): IssueTest {
  if (condition.kind === 'field') {
    const field = searchableField(condition.field)
    const tests = condition.values.map(value => testOf(condition.field, field, value, searcher))
    return issue => tests.some(test => test(issue))
  }
  const tests = condition.parts.map(part => issueTest(part, searcher))
  return condition.kind === 'and' ? issue => tests.every(test => test(issue)) : issue => tests.some(test => test(issue))
}
