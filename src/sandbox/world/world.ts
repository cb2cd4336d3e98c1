import { type Entity, firstEntities } from './entities.ts'
import { issueRules, type NewIssue } from './issues.ts'
import { type Journal, openJournal } from './journal.ts'
import { createLedger } from './ledger.ts'
import { linkRules } from './links.ts'
import type { Application, ChangelogEntry, Issue, Organization, Queue, RemoteLink, User } from './records.ts'
import type { Settings } from './settings.ts'
import { firstIssues, firstQueues, firstUsers } from './start.ts'
import { applyChange, createTables, type Tables } from './tables.ts'
import { firstTriggers, type Trigger } from './triggers.ts'

/** What the sandbox is started with. Users, queues and issues are for an empty world; a data file goes before them. */
export type WorldOptions = {
  applications?: readonly Application[]
  /** By default Yandex 360 with the id `1`. */
  organization?: Organization
  users?: readonly User[]
  queues?: readonly Queue[]
  issues?: readonly NewIssue[]
  /** These two stay as they are, and are in no data file. */
  triggers?: readonly Trigger[]
  entities?: readonly Entity[]
  /** Logins by token; without it any token is taken, and is the first user's. */
  tokens?: Readonly<Record<string, string>>
  settings?: Partial<Settings>
}

/** Tracker's state, and the rules by which it changes. What it returns is never changed in place. Rules throw `Refusal`. */
export type World = ReturnType<typeof buildWorld>

/** A world in memory. */
export function createWorld(options: WorldOptions = {}): World {
  const tables = createTables()
  fill(tables, options)
  return buildWorld(tables, options, undefined)
}

/** The world of a data file, made where there is none. Throws if the file is not the sandbox's, or cannot be written. */
export async function openWorld(file: string, options: WorldOptions = {}): Promise<World> {
  const tables = createTables()
  const journal = await openJournal(file, tables, () => fill(tables, options))
  return buildWorld(tables, options, journal)
}

/** Settings given at the start go before those of the file, which were changed while an earlier sandbox ran. */
function buildWorld(tables: Tables, options: WorldOptions, journal: Journal | undefined) {
  const ledger = createLedger(tables, changes => journal?.write(changes))
  const applications = new Map((options.applications ?? []).map(application => [application.id, application]))
  const users = () => [...tables.users.values()]
  const firstUser = () => users()[0] as User
  if (options.settings) ledger.commit([['settings', 'settings', { ...ledger.settings(), ...options.settings }]])

  return {
    organization: options.organization ?? { kind: 'yandex360', id: '1' },
    settings: ledger.settings,
    changeSettings(settings: Partial<Settings>): Settings {
      ledger.commit([['settings', 'settings', { ...ledger.settings(), ...settings }]])
      return ledger.settings()
    },

    applications: (): Application[] => [...applications.values()],
    application: (id: string): Application | undefined => applications.get(id),

    users,
    firstUser,
    /** By login or uid; a login of digits only is told from a uid by `login:` before it. */
    user: (name: string): User | undefined =>
      tables.users.get(name) ?? users().find(({ login }) => login === name.replace(/^login:/, '')),
    userByLogin: (login: string): User | undefined => users().find(user => user.login === login),
    /** Whose token it is; undefined for one that is not taken. */
    userOfToken(token: string): User | undefined {
      if (!options.tokens) return firstUser()
      const login = Object.hasOwn(options.tokens, token) ? options.tokens[token] : undefined
      return users().find(user => user.login === login)
    },

    queues: (): Queue[] => [...tables.queues.values()],
    queue: (name: string): Queue | undefined =>
      tables.queues.get(name.toUpperCase()) ?? [...tables.queues.values()].find(({ id }) => id === name),

    triggersOf: (queueKey: string): Trigger[] =>
      (options.triggers ?? firstTriggers).filter(({ queue }) => queue === queueKey),
    entity: (type: string, id: string): Entity | undefined =>
      (options.entities ?? firstEntities).find(entity => entity.type === type && entity.id === id),

    issues: (): Issue[] => [...tables.issues.values()],
    /** By key in either case, former key or id. */
    issue: (keyOrId: string): Issue | undefined =>
      tables.issues.get(keyOrId) ?? tables.issues.get(tables.issueIds.get(keyOrId.toUpperCase()) ?? ''),
    changelogOf: (issue: Issue): ChangelogEntry[] =>
      [...(tables.ofIssue.changelog.get(issue.id) ?? [])].flatMap(id => tables.changelog.get(id) ?? []),
    remoteLink: (issue: Issue, id: string): RemoteLink | undefined => {
      const link = tables.remoteLinks.get(id)
      return link?.issueId === issue.id ? link : undefined
    },
    ...issueRules(ledger),
    ...linkRules(ledger),

    /** Settles when everything changed so far is in the data file for good; nothing may be answered before. */
    saved: async (): Promise<void> => journal?.saved(),
    /** Ends the writing; what was changed is in the file. */
    close: async (): Promise<void> => journal?.close(),
  }
}

/** What an empty world starts with. */
function fill(tables: Tables, options: WorldOptions): void {
  for (const user of options.users ?? firstUsers) applyChange(tables, ['users', user.uid, user])
  for (const queue of options.queues ?? firstQueues) applyChange(tables, ['queues', queue.key, queue])
  const ledger = createLedger(tables, () => {})
  const rules = issueRules(ledger)
  const by = [...tables.users.values()][0] as User
  for (const issue of options.issues ?? firstIssues) rules.createIssue(issue, by)
}
