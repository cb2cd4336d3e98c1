import type { IncomingHttpHeaders } from 'node:http'
import type { Authorization, TokenAuthorization, UserAuthorization } from '../../config/schema.ts'
import { defaultUnknownTokens } from '../../config/schemas/authorization-schema.ts'
import type { Actor } from '../../links/actor.ts'
import type { Logger } from '../../logging/logger.ts'
import { createTally, note } from '../../logging/tally.ts'
import { createAllowance } from './allowed-owners.ts'
import { createTokenCheck } from './fixed-tokens.ts'
import { createTokenReader, tokenForm } from './presented-token.ts'
import type { TooMany } from './question-rate/question-rate.ts'
import { createRefusals } from './refusals.ts'
import { type Connection, createUserTokens, type Decision, decideByToken } from './user-tokens.ts'
import { createVerifier } from './verifier.ts'

/**
 * Identifies the caller by the headers of a request (names in lower case, as Node gives them). Throws, or rejects with, a
 * Problem: `token-missing`, `token-unknown` (both with `www-authenticate`), `caller-not-allowed`, `verifier-away`,
 * `too-many-unknown-tokens`. `noted` is for the request log, whether the caller is let in or not.
 */
export type Authorize = (
  headers: IncomingHttpHeaders,
  connection?: Connection,
  noted?: NotedToken,
) => Actor | Promise<Actor>

/** How a token was presented, see `createTokenReader`, and its place in the configured list, from 1. Nothing of it is secret. */
export type NotedToken = { scheme?: string | undefined; tokenPlace?: number | undefined }

type More = {
  applicationId: string
  log: Pick<Logger, 'warn'>
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
  const refusals = createRefusals(form, more.applicationId)
  const placeOf = createTokenCheck(settings.tokens)
  return (headers, _connection, noted) => {
    const { token, scheme } = read(headers)
    if (noted !== undefined) noted.scheme = scheme
    if (token === undefined) throw refusals.tokenMissing(scheme)
    const place = placeOf(token)
    if (place === 0) throw refusals.tokenUnknown(scheme, 'it is not one of the configured ones')
    if (noted !== undefined) noted.tokenPlace = place
    return tracker
  }
}

function byUserToken(settings: UserAuthorization, more: More): Authorize {
  const form = tokenForm(settings)
  const read = createTokenReader(form)
  const refusals = createRefusals(form, more.applicationId)
  const verifier = createVerifier(settings.verifier)
  const now = more.now ?? (() => performance.now())
  const tokens = createUserTokens({
    verify: (token, scheme) => verifier(token, scheme).catch(error => refusals.noVerdict(scheme, error)),
    refusingList: createAllowance(settings.allow),
    limits: { ...defaultUnknownTokens, ...settings.unknownTokens },
    tellTooMany: tellTooMany(more),
    now,
  })
  const settle = (scheme: string, decision: Decision): Actor => {
    if ('actor' in decision) return decision.actor
    throw 'unknown' in decision
      ? refusals.tokenUnknown(scheme, decision.unknown)
      : refusals.callerNotAllowed(scheme, decision.notAllowed)
  }
  return (headers, connection = {}, noted) => {
    const { token, scheme } = read(headers)
    if (noted !== undefined) noted.scheme = scheme
    if (token === undefined) throw refusals.tokenMissing(scheme)
    const decision = decideByToken(tokens, token, scheme, connection)
    return decision instanceof Promise ? decision.then(made => settle(scheme, made)) : settle(scheme, decision)
  }
}

/** There may be some of each address: a record for each limit, with the last address. */
function tellTooMany({ applicationId, log }: More): (why: TooMany) => void {
  const tally = createTally(log)
  return ({ limit, address }) =>
    note(
      tally,
      { application: applicationId, code: 'too-many-unknown-tokens', limit },
      'Too many unknown tokens are presented: calls with further ones are refused',
      { details: { address } },
    )
}
