import type { IncomingHttpHeaders } from 'node:http'
import type { Authorization, TokenAuthorization, UserAuthorization } from '../../config/schema.ts'
import type { Actor } from '../../links/actor.ts'
import type { Call } from '../../logging/call.ts'
import { createAllowance } from './allowed-owners.ts'
import { createTokenCheck } from './fixed-tokens.ts'
import { createTokenReader, tokenForm } from './presented-token.ts'
import { createRefusals, type RefusalLog } from './refusals.ts'
import { createUserTokens, type Decision, decideByToken } from './user-tokens.ts'
import { createVerifier } from './verifier.ts'

/**
 * Identifies the caller by the headers of a request (names in lower case, as Node gives them). Throws, or rejects with, a
 * Problem: `token-missing`, `token-unknown` (both with `www-authenticate`), `caller-not-allowed`, `verifier-away`. The records
 * of a refusal name `call`.
 */
export type Authorize = (headers: IncomingHttpHeaders, call?: Call) => Actor | Promise<Actor>

type More = {
  applicationId: string
  log: RefusalLog
  /** Monotonic, in milliseconds, above 0. */
  now?: () => number
}

const tracker: Actor = Object.freeze({ kind: 'tracker' })

/** Who may call an application, as its configuration says. Throws a TypeError if a verifier's address is not a URL. */
export function createAuthorizer(authorization: Authorization, more: More): Authorize {
  if (authorization.kind === 'none') return () => tracker
  return authorization.kind === 'token' ? byFixedToken(authorization, more) : byUserToken(authorization, more)
}

function byFixedToken(settings: TokenAuthorization, more: More): Authorize {
  const form = tokenForm(settings)
  const read = createTokenReader(form)
  const refusals = createRefusals(form, more)
  const isKnown = createTokenCheck(settings.tokens)
  return (headers, call) => {
    const { token, scheme } = read(headers)
    if (token === undefined) throw refusals.tokenMissing(scheme, call)
    if (!isKnown(token)) throw refusals.tokenUnknown(scheme, call, 'it is not one of the configured ones')
    return tracker
  }
}

function byUserToken(settings: UserAuthorization, more: More): Authorize {
  const form = tokenForm(settings)
  const read = createTokenReader(form)
  const refusals = createRefusals(form, more)
  const verifier = createVerifier(settings.verifier)
  const tokens = createUserTokens({
    // Logged here, once per verification, and not once for each call that waits for it.
    verify: (token, scheme) => verifier(token, scheme).catch(error => refusals.noVerdict(scheme, error)),
    refusingList: createAllowance(settings.allow),
    now: more.now ?? (() => performance.now()),
  })
  const settle = (scheme: string, decision: Decision, call: Call | undefined): Actor => {
    if ('actor' in decision) return decision.actor
    throw 'unknown' in decision
      ? refusals.tokenUnknown(scheme, call, decision.unknown)
      : refusals.callerNotAllowed(scheme, call, decision.notAllowed)
  }
  return (headers, call) => {
    const { token, scheme } = read(headers)
    if (token === undefined) throw refusals.tokenMissing(scheme, call)
    const decision = decideByToken(tokens, token, scheme, call)
    return decision instanceof Promise
      ? decision.then(made => settle(scheme, made, call))
      : settle(scheme, decision, call)
  }
}
