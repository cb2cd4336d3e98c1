import type { CallTracker } from './call-tracker.ts'
import { theUser } from './myself.ts'
import { allPages } from './pages.ts'
import { dateOf, fieldsOf, flagOf, listOf, neededText, type Reference, referencesOf, textOf } from './read-fields.ts'

/** A user of the organization. Uids have up to 64 bits, so they are strings. */
export type User = {
  uid: string
  login: string | undefined
  trackerUid: string | undefined
  passportUid: string | undefined
  cloudUid: string | undefined
  firstName: string | undefined
  lastName: string | undefined
  display: string | undefined
  email: string | undefined
  external: boolean | undefined
  hasLicense: boolean | undefined
  dismissed: boolean | undefined
  useNewFilters: boolean | undefined
  disableNotifications: boolean | undefined
  firstLoginDate: Date | undefined
  lastLoginDate: Date | undefined
  welcomeMailSent: boolean | undefined
  /** Only if they were asked for. */
  groups: Reference[] | undefined
}

/** Calls about users (tracker contract, section 8). */
export const userCalls = (call: CallTracker) => ({
  /** The owner of the token; with `expand: 'groups'` the answer has the user's groups. */
  async myself({ expand }: { expand?: string } = {}): Promise<User> {
    return readUser((await call({ method: 'GET', path: ['myself'], query: { expand } })).body)
  },

  /** All users, up to 10,000. */
  list: () => allPages(call, { method: 'GET', path: ['users'] }, 'the users', readUser),

  /** All users, however many, `perPage` at a time: each request names the last user of the answer before. */
  async *each({ perPage }: { perPage?: number } = {}): AsyncGenerator<User> {
    for (let id: string | undefined, hasNext = true; hasNext; ) {
      const { body } = await call({ method: 'GET', path: ['users', '_relative'], query: { perPage, id } })
      const page = fieldsOf(body, 'a page of users')
      const users = listOf(page.users, 'the users', readUser)
      yield* users
      id = users.at(-1)?.uid
      hasNext = flagOf(page.hasNext) === true && id !== undefined
    }
  },

  /** A user by uid or login; a login that has only digits is written `login:12345`. */
  async get(user: string): Promise<User> {
    return readUser((await call({ method: 'GET', path: ['users', user] })).body)
  },
})

function readUser(body: unknown): User {
  const user = fieldsOf(theUser(body), 'the user')
  return {
    uid: neededText(user.uid ?? user.trackerUid, 'the uid of the user'),
    login: textOf(user.login),
    trackerUid: textOf(user.trackerUid),
    passportUid: textOf(user.passportUid),
    cloudUid: textOf(user.cloudUid),
    firstName: textOf(user.firstName),
    lastName: textOf(user.lastName),
    display: textOf(user.display),
    email: textOf(user.email),
    external: flagOf(user.external),
    hasLicense: flagOf(user.hasLicense),
    dismissed: flagOf(user.dismissed),
    useNewFilters: flagOf(user.useNewFilters),
    disableNotifications: flagOf(user.disableNotifications),
    firstLoginDate: dateOf(user.firstLoginDate),
    lastLoginDate: dateOf(user.lastLoginDate),
    welcomeMailSent: flagOf(user.welcomeMailSent),
    groups: user.groups === undefined ? undefined : referencesOf(user.groups),
  }
}
