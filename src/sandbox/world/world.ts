import { type Entity, firstEntities } from './entities.ts'
import { addIssueLink, findIssueLink, issueLinksOf, removeIssueLink } from './issue-links.ts'
import {
  createIssue,
  editIssue,
  findUnique,
  type IssueEdits,
  type MoveOptions,
  moveIssue,
  type NewIssue,
} from './issues.ts'
import { type Journal, openJournal } from './journal.ts'
import { admitTokens, type KnownToken } from './known-tokens.ts'
import { changeSettings, type Ledger, settingsOf } from './ledger.ts'
import type { Application, ChangelogEntry, Issue, IssueLink, Organization, Queue, RemoteLink, User } from './records.ts'
import { addRemoteLink, remoteLink, remoteLinksOf, removeRemoteLink } from './remote-links.ts'
import type { Settings } from './settings.ts'
import { firstIssues, firstQueues, firstUsers } from './start.ts'
import { applyChange, createTables, recordsOf, type Tables } from './tables.ts'
import { firstTriggers, type Trigger } from './triggers.ts'

/** What the sandbox is started with. Users, queues and issues are for an empty world; a data file takes precedence. */
export type WorldOptions = {
  applications?: readonly Application[]
  /** By default Yandex 360 with the id `1`. */
  organization?: Organization
  users?: readonly User[]
  queues?: readonly Queue[]
  issues?: readonly NewIssue[]
  /** These two never change, and are in no data file. */
  triggers?: readonly Trigger[]
  entities?: readonly Entity[]
  /** The tokens that are accepted; without any, every one is, as the first user's. */
  tokens?: readonly KnownToken[]
  settings?: Partial<Settings>
}

/**
 * Tracker's state, and the rules by which it changes; the rules are in the files beside this one. What it returns is never
 * changed in place. Rules throw `Refusal`.
 */
export type World = ReturnType<typeof buildWorld>

/** A world in memory. */
export function createWorld(options: WorldOptions = {}): World {
  const tables = createTables()
  fill(tables, options)
  return buildWorld(tables, options, undefined)
}

/** The world of a data file, created if there is none. Throws if the file is not the sandbox's, or cannot be written. */
export async function openWorld(file: string, options: WorldOptions = {}): Promise<World> {
  const tables = createTables()
  const journal = await openJournal(file, tables, () => fill(tables, options))
  return buildWorld(tables, options, journal)
}

/** What an empty world starts with. */
function fill(tables: Tables, options: WorldOptions): void {
  for (const user of options.users ?? firstUsers) applyChange(tables, ['users', user.uid, user])
  for (const queue of options.queues ?? firstQueues) applyChange(tables, ['queues', queue.key, queue])
  const ledger: Ledger = { tables, write: () => {} }
  const [by] = [...tables.users.values()] as [User]
  for (const issue of options.issues ?? firstIssues) createIssue(ledger, issue, by)
}

/** Settings given at the start override those of the file, which were changed while an earlier sandbox ran. */
function buildWorld(tables: Tables, options: WorldOptions, journal: Journal | undefined) {
  const ledger: Ledger = { tables, write: changes => journal?.write(changes) }
  if (options.settings) changeSettings(ledger, options.settings)
  return {
    settings: () => settingsOf(ledger),
    changeSettings: (settings: Partial<Settings>) => changeSettings(ledger, settings),
    ...givenThings(options),
    ...usersAndQueues(tables, admitTokens(ledger, options.tokens ?? [], options.users ?? firstUsers)),
    ...issuesIn(ledger),
    ...linksIn(ledger),
    /** Resolves when every change so far is durable in the data file; nothing may be answered before. */
    saved: async (): Promise<void> => journal?.saved(),
    /** Ends the writing; what was changed is in the file. */
    close: async (): Promise<void> => journal?.close(),
  }
}

/** What the sandbox was started with and never changes. */
function givenThings(options: WorldOptions) {
  const applications = new Map((options.applications ?? []).map(application => [application.id, application]))
  const { organization = { kind: 'yandex360', id: '1' }, triggers = firstTriggers, entities = firstEntities } = options
  return {
    organization,
    applications: (): Application[] => [...applications.values()],
    application: (id: string): Application | undefined => applications.get(id),
    triggersOf: (queueKey: string): Trigger[] => triggers.filter(({ queue }) => queue === queueKey),
    entity: (type: string, id: string): Entity | undefined =>
      entities.find(entity => entity.type === type && entity.id === id),
  }
}

function usersAndQueues(tables: Tables, owners: ReadonlyMap<string, string>) {
  const users = () => [...tables.users.values()]
  const queues = () => [...tables.queues.values()]
  const firstUser = () => users()[0] as User
  const userByLogin = (login: string): User | undefined => users().find(user => user.login === login)
  return {
    users,
    firstUser,
    /** By login or uid; `login:` before a login of digits tells it from a uid. */
    user: (name: string): User | undefined => tables.users.get(name) ?? userByLogin(name.replace(/^login:/, '')),
    userByLogin,
    /** Whose token it is; undefined for one that is not accepted. */
    userOfToken(token: string): User | undefined {
      return owners.size === 0 ? firstUser() : tables.users.get(owners.get(token) ?? '')
    },

    queues,
    queue: (name: string): Queue | undefined =>
      tables.queues.get(name.toUpperCase()) ?? queues().find(({ id }) => id === name),
  }
}

function issuesIn(ledger: Ledger) {
  const { tables } = ledger
  return {
    issues: (): Issue[] => [...tables.issues.values()],
    /** By key in either case, former key or id. */
    issue: (keyOrId: string): Issue | undefined =>
      tables.issues.get(keyOrId) ?? tables.issues.get(tables.issueIds.get(keyOrId.toUpperCase()) ?? ''),
    changelogOf: (issue: Issue): ChangelogEntry[] =>
      recordsOf(tables.changelog, tables.ofIssue.changelog.get(issue.id)),
    findUnique: (unique: string) => findUnique(ledger, unique),
    createIssue: (issue: NewIssue, by: User) => createIssue(ledger, issue, by),
    editIssue: (issue: Issue, edits: IssueEdits, by: User) => editIssue(ledger, issue, edits, by),
    moveIssue: (issue: Issue, queueKey: string, by: User, options?: MoveOptions) =>
      moveIssue(ledger, issue, queueKey, by, options),
  }
}

function linksIn(ledger: Ledger) {
  return {
    remoteLinksOf: (issue: Issue) => remoteLinksOf(ledger, issue),
    remoteLink: (issue: Issue, id: string) => remoteLink(ledger, issue, id),
    addRemoteLink: (link: Parameters<typeof addRemoteLink>[1]) => addRemoteLink(ledger, link),
    removeRemoteLink: (issue: Issue, link: RemoteLink, by: User) => removeRemoteLink(ledger, issue, link, by),

    issueLinksOf: (issue: Issue) => issueLinksOf(ledger, issue),
    findIssueLink: (issue: Issue, other: Issue, relationship: string) =>
      findIssueLink(ledger, issue, other, relationship),
    addIssueLink: (link: Parameters<typeof addIssueLink>[1]) => addIssueLink(ledger, link),
    removeIssueLink: (link: IssueLink, by: User) => removeIssueLink(ledger, link, by),
  }
}
