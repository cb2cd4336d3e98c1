import type { Application } from '../config/schema.ts'
import type { Fault } from '../errors/problem.ts'
import { weakness } from './token-strength.ts'

type TokenAt = { token: string; application: number; field: string; shown: string }

/**
 * What keeps a configuration from being served: a token that can be guessed, and one that two applications have, so that who
 * has it for one may call the other. No fault repeats a token.
 */
export function tokenFaults(applications: readonly Application[]): Fault[] {
  const tokens = applications.flatMap(tokensOf)
  const owners = new Map<string, TokenAt>()
  for (const one of tokens) if (!owners.has(one.token)) owners.set(one.token, one)
  return tokens.flatMap(({ token, application, field }) => {
    const owner = owners.get(token)
    const rule = weakness(token)
    return [
      ...(rule === undefined ? [] : [{ field, rule, hint: newOne }]),
      ...(owner === undefined || owner.application === application ? [] : [shared(field, owner.shown)]),
    ]
  })
}

function tokensOf({ authorization }: Application, application: number): TokenAt[] {
  if (authorization.kind !== 'token') return []
  return authorization.tokens.map((token, index) => ({
    token,
    application,
    field: `applications/${application}/authorization/tokens/${index}`,
    shown: `applications[${application}].authorization.tokens[${index}]`,
  }))
}

const newOne =
  'Make one with `tracker-links token new`, set it here, and have the Tracker team register it as `oauthToken` (docs/authorization.md).'

const shared = (field: string, owner: string): Fault => ({
  field,
  rule: `${owner} is the same token: who has it for one application may call the other`,
  hint: 'Give each application a token of its own: `tracker-links token new`.',
})
