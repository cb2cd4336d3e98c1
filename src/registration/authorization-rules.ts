import type { Application } from '../config/schema.ts'
import { error, type Finding, warning } from './finding.ts'
import { weakness } from './token-strength.ts'

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
  const rule = weakness(token)
  return rule === undefined ? [] : [error(field, rule, 'Make one with `tracker-links token new`.')]
}
