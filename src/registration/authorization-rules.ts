import type { Application } from '../config/schema.ts'
import { error, type Finding, warning } from './finding.ts'
import { leastBits, leastCharacters, tokenBits } from './token-strength.ts'

/** Who may call: a warning for what is risky, an error for a token that can be guessed. No finding repeats a token. */
export function checkAuthorization({ id, authorization }: Application, field: string): Finding[] {
  if (authorization.kind === 'token')
    return authorization.tokens.flatMap((token, index) => checkToken(token, `${field}.authorization.tokens[${index}]`))
  if (authorization.kind === 'user')
    return [
      warning(
        `${field}.authorization`,
        "Only the documents before 2025 say that Tracker presents a user's token; the newer ones describe a fixed token",
        'Ask the Tracker team which one it sends, or set `kind: token`.',
      ),
    ]
  return [
    warning(
      `${field}.authorization`,
      `With \`none\` anybody who learns an address of ${id} can read its cards, and create and remove its links`,
      'Set `kind: token` with a token made by `tracker-links token new`.',
    ),
  ]
}

function checkToken(token: string, field: string): Finding[] {
  const bits = tokenBits(token)
  if (token.length >= leastCharacters && bits >= leastBits) return []
  return [
    error(
      field,
      `A token needs at least ${leastCharacters} characters and ${leastBits} bits that nobody can guess; this one has ${token.length} characters and about ${bits} bits`,
      'Make one with `tracker-links token new`.',
    ),
  ]
}
