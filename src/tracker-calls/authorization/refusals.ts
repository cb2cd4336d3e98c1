import { Problem } from '../../errors/problem.ts'
import { bare, type TokenForm } from './presented-token.ts'
import type { TooMany } from './question-rate/question-rate.ts'

/** The Problem for a call with an unknown token after too many others. Told by a count, not one by one. */
export function tooManyUnknown({ limit, waitSeconds }: TooMany): Problem {
  const detail =
    limit === 'room'
      ? 'The verifier of user tokens has too many questions to answer.'
      : 'Too many tokens that the verifier does not know were presented.'
  return new Problem('too-many-unknown-tokens', detail, {
    headers: { 'retry-after': String(waitSeconds) },
    isCounted: true,
  })
}

/**
 * The refusals of one application, as the Problem to throw. The record of the call says with which scheme the token came and
 * why it was refused, and holds no part of it. `scheme` comes from `createTokenReader`.
 */
export function createRefusals({ header, schemes }: TokenForm, application: string) {
  const headers = { 'www-authenticate': schemes.map(scheme => challenge(scheme, header, application)).join(', ') }
  const forms = schemes.map(scheme => (isBare(scheme) ? 'the token alone' : `"${scheme} <token>"`)).join(' or ')

  return {
    tokenMissing(scheme: string): Problem {
      const state = scheme === 'absent' ? 'is missing' : 'holds no token in an accepted form'
      const detail = `The header ${header} ${state}; it takes ${forms}.`
      return new Problem('token-missing', detail, { headers, recorded: { application, scheme } })
    },
    /** `because` says who did not know the token, and in what words. */
    tokenUnknown(scheme: string, because: string): Problem {
      const detail = `The token in the header ${header} is not valid for this application.`
      return new Problem('token-unknown', detail, { headers, recorded: { application, scheme, because } })
    },
    /** `list` is the list of `authorization.allow` that does not hold the caller. */
    callerNotAllowed(scheme: string, list: string): Problem {
      const detail = `The owner of the token is not in authorization.allow of this application (${list}).`
      return new Problem('caller-not-allowed', detail, { recorded: { application, scheme, list } })
    },
    /** Throws what a verifier threw. */
    noVerdict(scheme: string, error: unknown): never {
      if (!(error instanceof Problem)) throw error
      const { code, message, headers: wait } = error
      throw new Problem(code, message, { headers: wait, recorded: { application, scheme, because: message } })
    },
  }
}

// RFC 9110 (11.6.1) demands a scheme in every challenge. A bare token has none, so it is called ApiKey. The parameter `header`
// names the header if it is not the usual one.
function challenge(scheme: string, header: string, realm: string): string {
  const usual = header.toLowerCase() === 'authorization' && !isBare(scheme)
  return `${isBare(scheme) ? 'ApiKey' : scheme} realm="${realm}"${usual ? '' : `, header="${header}"`}`
}

const isBare = (scheme: string) => scheme.toLowerCase() === bare
