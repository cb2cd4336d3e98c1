import type { Fault } from '../../errors/problem.ts'
import { compileKeyPattern, groupNames, isTooSlow } from './key-parts.ts'

/** What is wrong with `keyPattern`. */
export function checkKeyPattern(keyPattern: string | undefined): Fault[] {
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
  return [
    {
      field,
      rule,
      hint: 'Avoid a repetition inside a repetition, such as `(a+)+`, and alternatives that match the same, such as `(ab|ab)*`.',
    },
  ]
}

/** The names that placeholders may have: the key, and the groups of a valid `keyPattern`. */
export const knownPlaceholders = (keyPattern: string | undefined): string[] => [
  'remoteKey',
  ...(keyPattern === undefined ? [] : groupNames(keyPattern)),
]

/** How a placeholder may be written, for the owner. */
export const placeholderHint = (known: readonly string[]): string =>
  `Use ${known.map(name => `\`{{${name}}}\``).join(', ')}, or name a group of \`keyPattern\`: \`(?<name>…)\`.`

/** What is wrong with the placeholders used in some fields. */
export function checkPlaceholders(used: readonly { field: string; name: string }[], known: readonly string[]): Fault[] {
  return used
    .filter(({ name }) => !known.includes(name))
    .map(({ field, name }) => ({
      field,
      rule: `Nothing fills the placeholder \`{{${name}}}\``,
      hint: placeholderHint(known),
    }))
}
