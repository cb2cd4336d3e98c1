import type { ChangelogEntry, Issue, IssueLink, Queue, RemoteLink, User } from './records.ts'
import type { Settings } from './settings.ts'

export type Records = {
  users: User
  queues: Queue
  issues: Issue
  remoteLinks: RemoteLink
  issueLinks: IssueLink
  changelog: ChangelogEntry
  /** The last number given, so that the id of a removed link is never given again. */
  counters: number
  settings: Settings
}

/** One record put in place of another, or removed (null). The data file consists of these. */
export type Change = {
  [Table in keyof Records]: readonly [table: Table, id: string, record: Records[Table] | null]
}[keyof Records]

export type Tables = { readonly [Table in keyof Records]: Map<string, Records[Table]> } & {
  /** Issue ids by key in capitals, former keys included. */
  readonly issueIds: Map<string, string>
  /** Ids in the tables of things that an issue has, by issue id, in the order in which they were added. */
  readonly ofIssue: { readonly [Table in 'remoteLinks' | 'issueLinks' | 'changelog']: Map<string, Set<string>> }
}

export function createTables(): Tables {
  return {
    users: new Map(),
    queues: new Map(),
    issues: new Map(),
    remoteLinks: new Map(),
    issueLinks: new Map(),
    changelog: new Map(),
    counters: new Map(),
    settings: new Map(),
    issueIds: new Map(),
    ofIssue: { remoteLinks: new Map(), issueLinks: new Map(), changelog: new Map() },
  }
}

/** The records of these ids, in their order. */
export function recordsOf<Stored>(table: ReadonlyMap<string, Stored>, ids: ReadonlySet<string> = new Set()): Stored[] {
  return [...ids].flatMap(id => table.get(id) ?? [])
}

/** Makes a change, and keeps the indexes up to date. Changes from a file are trusted: the sandbox wrote them. */
export function applyChange(tables: Tables, change: Change): void {
  const [name, id, record] = change
  const table = tables[name] as Map<string, Records[keyof Records]>
  if (name === 'issues' && record) for (const key of [record.key, ...record.aliases]) tables.issueIds.set(key, id)
  if (name === 'remoteLinks' || name === 'issueLinks' || name === 'changelog') {
    const index = tables.ofIssue[name]
    const known = record ?? tables[name].get(id)
    for (const issueId of known ? issuesOf(known) : []) {
      const ids = index.get(issueId) ?? new Set()
      index.set(issueId, record ? ids.add(id) : without(ids, id))
    }
  }
  if (record === null) table.delete(id)
  else table.set(id, record)
}

const issuesOf = (record: RemoteLink | IssueLink | ChangelogEntry) =>
  'issueId' in record ? [record.issueId] : [record.outwardOf, record.inwardOf]

function without(ids: Set<string>, id: string): Set<string> {
  ids.delete(id)
  return ids
}

/** Every record, as the changes that make it: a whole data file. */
export function allChanges(tables: Tables): Change[] {
  const names = ['users', 'queues', 'issues', 'remoteLinks', 'issueLinks', 'changelog', 'counters', 'settings'] as const
  return names.flatMap(name => [...tables[name]].map(([id, record]) => [name, id, record] as Change))
}
