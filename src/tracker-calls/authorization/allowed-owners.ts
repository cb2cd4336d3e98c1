import type { UserAuthorization } from '../../config/schema.ts'
import type { TokenOwner } from './token-owner.ts'

/**
 * Returns what names the first list of `authorization.allow` that does not hold an owner (`none` if there is no list);
 * undefined lets the owner in.
 */
export function createAllowance(allow: UserAuthorization['allow']): (owner: TokenOwner) => string | undefined {
  const clientIds = allow.clientIds && new Set(allow.clientIds)
  const logins = allow.logins && new Set(allow.logins)
  const uids = allow.uids && new Set(allow.uids.map(BigInt))
  return owner => {
    if (clientIds && !(owner.clientId !== undefined && clientIds.has(owner.clientId))) return 'clientIds'
    if (logins && !(owner.login !== undefined && logins.has(owner.login))) return 'logins'
    if (uids && !(owner.uid !== undefined && uids.has(owner.uid))) return 'uids'
    // The schema demands at least one list. Without any, nobody is let in.
    return clientIds || logins || uids ? undefined : 'none'
  }
}
