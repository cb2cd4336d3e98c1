import type { Application } from '../../config/schema.ts'
import { isSentInClear } from '../../config/sent-in-clear.ts'

/** What the owner should know of who may call, a sentence each. */
export const authorizationNotices = (applications: readonly Application[]): string[] =>
  applications.flatMap(({ id, authorization }) => {
    if (authorization.kind === 'none') return [`anybody may call ${id}: authorization is none`]
    if (authorization.kind === 'user' && isSentInClear(authorization.verifier.url ?? ''))
      return [`the tokens of callers of ${id} can be read on the way to the verifier: its url has no https`]
    return []
  })
