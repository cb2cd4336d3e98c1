import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../../errors/problem.ts'
import { type Call, callFields } from '../../logging/call.ts'
import { bare, type TokenForm } from './presented-token.ts'

export type RefusalLog = Pick<FastifyBaseLogger, 'info' | 'warn'>

/**
 * The refusals of one application: each is logged, without any part of the token, and returned as the Problem to throw.
 * `scheme` comes from `createTokenReader`.
 */
export function createRefusals(
  { header, schemes }: TokenForm,
  { applicationId, log }: { applicationId: string; log: RefusalLog },
) {
  const headers = { 'www-authenticate': schemes.map(scheme => challenge(scheme, header, applicationId)).join(', ') }
  const forms = schemes.map(scheme => (isBare(scheme) ? 'the token alone' : `"${scheme} <token>"`)).join(' or ')

  const tell = (call: Call | undefined, about: object) =>
    log.info({ ...(call && callFields(call)), application: applicationId, ...about }, 'a call was refused')
  return {
    tokenMissing(scheme: string, call: Call | undefined): Problem {
      tell(call, { code: 'token-missing', scheme })
      const state = scheme === 'absent' ? 'is missing' : 'holds no token in an accepted form'
      return new Problem('token-missing', `The header ${header} ${state}; it takes ${forms}.`, { headers })
    },
    /** `because` says who did not know the token, and in what words. */
    tokenUnknown(scheme: string, call: Call | undefined, because: string): Problem {
      tell(call, { code: 'token-unknown', scheme, because })
      return new Problem('token-unknown', `The token in the header ${header} is not valid for this application.`, {
        headers,
      })
    },
    /** `list` is the list of `authorization.allow` that does not hold the caller. */
    callerNotAllowed(scheme: string, call: Call | undefined, list: string): Problem {
      tell(call, { code: 'caller-not-allowed', scheme, list })
      return new Problem(
        'caller-not-allowed',
        `The owner of the token is not in authorization.allow of this application (${list}).`,
      )
    },
    /** Throws what a verifier threw. A Problem is logged, once for all the calls that wait for this answer. */
    noVerdict(scheme: string, error: unknown): never {
      if (error instanceof Problem)
        log.warn({ application: applicationId, code: error.code, scheme, because: error.message }, 'no verdict')
      throw error
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
