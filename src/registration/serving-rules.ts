import type { Application } from '../config/schema.ts'
import type { Fault } from '../errors/problem.ts'
import { weakness } from './token-strength.ts'

type TokenAt = { token: string; application: number; isOfTriggers: boolean; field: string; shown: string }

/**
 * What keeps a configuration from being served: a token that can be guessed, and one that two applications have, or the triggers
 * and the three calls, so that who has it for one may call the other. No fault repeats a token.
 */
export function tokenFaults(applications: readonly Application[]): Fault[] {
  const tokens = applications.flatMap(tokensOf)
  const owners = new Map<string, TokenAt>()
  for (const one of tokens) if (!owners.has(one.token)) owners.set(one.token, one)
  return tokens.flatMap(({ token, application, isOfTriggers, field }) => {
    const owner = owners.get(token)
    const rule = weakness(token)
    return [
      ...(rule === undefined ? [] : [{ field, rule, hint: isOfTriggers ? newOfTriggers : newOne }]),
      ...(owner === undefined || (owner.application === application && owner.isOfTriggers === isOfTriggers)
        ? []
        : [shared(field, owner)]),
    ]
  })
}

function tokensOf({ authorization, triggers }: Application, application: number): TokenAt[] {
  const at = (token: string, path: readonly string[], shown: string, isOfTriggers: boolean): TokenAt => ({
    token,
    application,
    isOfTriggers,
    field: `applications/${application}/${path.join('/')}`,
    shown: `applications[${application}].${shown}`,
  })
  const served = authorization.kind === 'token' ? authorization.tokens : []
  return [
    ...served.map((token, index) =>
      at(token, ['authorization', 'tokens', `${index}`], `authorization.tokens[${index}]`, false),
    ),
    ...(triggers ? [at(triggers.token, ['triggers', 'token'], 'triggers.token', true)] : []),
  ]
}

const newOne =
  'Make one with `tracker-links token new`, set it here, and have the Tracker team register it as `oauthToken` (docs/authorization.md).'

const newOfTriggers =
  'Make one with `tracker-links token new`, and set it here and in the triggers (docs/moved-issues.md).'

const shared = (field: string, { shown }: TokenAt): Fault => ({
  field,
  rule: `${shown} is the same token: who has it for one may call the other`,
  hint: 'Give each application, and its triggers, a token of its own: `tracker-links token new`.',
})
