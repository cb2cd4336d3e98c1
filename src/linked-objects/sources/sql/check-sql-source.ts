import type { Fault } from '../../../errors/problem.ts'
import { checkKeyPattern, checkPlaceholders, knownPlaceholders } from '../check-key-pattern.ts'
import { placeholdersOf } from '../placeholders.ts'
import { readQuery } from './bind-query.ts'
import type { SqlConfig } from './sql-upstream.ts'

const field = 'query'

/** What is wrong with a query and its key, as far as it can be seen without its database; fields count from `objects`. */
export function checkSqlSource({ query, keyPattern }: SqlConfig): Fault[] {
  const pattern = checkKeyPattern(keyPattern)
  const { names, numbers, quoted } = readQuery(query)
  // Without a valid pattern, the names of the placeholders are not known.
  const known = pattern.length === 0 ? knownPlaceholders(keyPattern) : [...names, ...quoted.flatMap(placeholdersOf)]
  const used = names.map(name => ({ field, name }))
  return [
    ...pattern,
    ...(names.length === 0 && !numbers.includes(1) ? [keyNotAsked] : []),
    ...checkPlaceholders(used, known),
    ...(numbers.some(number => number !== 1) ? [otherNumber] : []),
    ...quoted.flatMap(text =>
      isComment(text)
        ? []
        : placeholdersOf(text)
            .filter(name => known.includes(name))
            .map(inQuotes),
    ),
  ]
}

const isComment = (text: string) => /^(--|\/\*)/.test(text)

const keyNotAsked: Fault = {
  field,
  rule: 'The query does not use the key',
  hint: 'Write `{{remoteKey}}` or `$1` where the key belongs, or a named group of `keyPattern`, such as `WHERE id = {{id}}`.',
}

const otherNumber: Fault = {
  field,
  rule: 'Only `$1`, the key, has a value',
  hint: 'Name a group of `keyPattern`, `(?<name>…)`, and write `{{name}}`.',
}

const inQuotes = (name: string): Fault => ({
  field,
  rule: `\`{{${name}}}\` stands in quotes, where it is a text and no value`,
  hint: 'Write it without quotes: it is sent as a value of its own.',
})
