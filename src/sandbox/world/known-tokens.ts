import { commit, type Ledger } from './ledger.ts'
import type { User } from './records.ts'

/** A token that is accepted, and whose it is. Without roles the user has those that the sandbox gives it. */
export type KnownToken = { readonly token: string; readonly login: string; readonly roles?: readonly Role[] }
export type Role = 'admin' | 'robot'

/**
 * The uids of the owners, by token. Gives each owner its roles, and adds owners that the world lacks. Tokens are kept in
 * memory only. `known` are the users that the sandbox has by itself; those of a data file may have roles of an earlier start.
 */
export function admitTokens(
  ledger: Ledger,
  tokens: readonly KnownToken[],
  known: readonly User[],
): Map<string, string> {
  const owners = new Map<string, string>()
  for (const { token, login } of tokens) {
    const all = [...ledger.tables.users.values()]
    const user = all.find(one => one.login === login) ?? newUser(login, all)
    const { admin, robot } = rolesOf(login, tokens, known)
    if (!ledger.tables.users.has(user.uid) || user.admin !== admin || user.robot !== robot)
      commit(ledger, [['users', user.uid, { ...user, admin, robot }]])
    owners.set(token, user.uid)
  }
  return owners
}

/** What any of the user's tokens says; if none says anything, what the sandbox's own user is. */
function rolesOf(login: string, tokens: readonly KnownToken[], known: readonly User[]): Pick<User, Role> {
  const said = tokens.filter(token => token.login === login).flatMap(({ roles }) => (roles ? [roles] : []))
  if (said.length > 0) return { admin: said.flat().includes('admin'), robot: said.flat().includes('robot') }
  return known.find(user => user.login === login) ?? { admin: false, robot: false }
}

function newUser(login: string, others: readonly User[]): User {
  let uid = 1_111_111_111_111_113
  while (others.some(other => other.uid === `${uid}`)) uid++
  const cloudUid = `aje${login.padStart(17, '0')}`
  const names = { login, display: login, firstName: login, lastName: '', email: `${login}@example.com` }
  return { uid: `${uid}`, ...names, cloudUid, admin: false, robot: false }
}
