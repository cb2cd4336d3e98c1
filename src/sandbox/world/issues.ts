import type { Ledger } from './ledger.ts'
import type { ChangelogEntry, Issue, User } from './records.ts'
import { invalidField, notFound, Refusal } from './refusal.ts'

/** What a user may set of an issue. */
export type IssueFields = Pick<
  Issue,
  'summary' | 'description' | 'type' | 'status' | 'priority' | 'assignee' | 'followers' | 'tags' | 'deadline'
>

/** When and by whom an issue was made, for one that is older than the sandbox. Moments in Tracker's form, in UTC. */
export type IssueStory = Partial<
  Pick<Issue, 'createdAt' | 'updatedAt' | 'createdBy' | 'updatedBy' | 'version' | 'unique'>
>

/** An issue to start a world with; what is left out is made up. */
export type NewIssue = Partial<IssueFields> & { queue: string; summary: string } & IssueStory & { history?: History }

/** What happened to an issue before the sandbox began. */
type History = readonly Omit<ChangelogEntry, 'id' | 'issueId'>[]

/** New values; undefined takes a value away. */
export type IssueEdits = { -readonly [Field in keyof IssueFields]?: IssueFields[Field] | undefined }

/** `initialStatus` opens the issue again; `edits` come with the move. */
export type MoveOptions = { initialStatus?: boolean; edits?: IssueEdits }

/** The rules of issues: create, edit, move. */
export function issueRules(ledger: Ledger) {
  const { tables } = ledger

  /** The next key of a queue, with the change that remembers it. Throws `Refusal` 404 for an unknown queue. */
  function nextKey(queueKey: string) {
    const queue = tables.queues.get(queueKey.toUpperCase())
    if (!queue) throw notFound(`Queue ${queueKey} does not exist.`)
    const lastNumber = queue.lastNumber + 1
    return {
      queue,
      key: `${queue.key}-${lastNumber}`,
      change: ['queues', queue.key, { ...queue, lastNumber }] as const,
    }
  }

  const findUnique = (unique: string) => tables.issues.values().find(issue => issue.unique === unique)

  /** The issue with new values, its version raised. */
  function edited(issue: Issue, edits: Partial<Issue> | IssueEdits, by: User): Issue {
    const next = { ...issue, ...edits, version: issue.version + 1, updatedAt: ledger.now(), updatedBy: by.uid }
    return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as Issue
  }

  return {
    findUnique,

    /** Throws `Refusal` 404 for an unknown queue, 422 without a summary, 409 for a `unique` that is taken. */
    createIssue({ queue: queueKey, history = [], ...given }: NewIssue, by: User): Issue {
      if (given.summary.trim() === '') throw invalidField('summary', 'summary is empty: give the issue a title.')
      const { queue, key, change } = nextKey(queueKey)
      const twin = given.unique === undefined ? undefined : findUnique(given.unique)
      if (twin) throw new Refusal(409, { errorMessages: [`Issue ${twin.key} has the unique value ${given.unique}.`] })
      const { number, change: count } = ledger.next('issues')
      const now = ledger.now()
      const issue: Issue = {
        id: issueId(number),
        key,
        queue: queue.key,
        version: 1,
        ...blank,
        createdAt: now,
        updatedAt: now,
        createdBy: by.uid,
        updatedBy: by.uid,
        ...given,
      }
      const entries = [entryOf('IssueCreated', issue), ...history.map(entry => ({ ...entry, issueId: issue.id }))]
      ledger.commit([change, count, ['issues', issue.id, issue], ...entries.flatMap(entry => ledger.history(entry))])
      return issue
    },

    /** Throws `Refusal` 423 where the issue is closed for editing. */
    editIssue(known: Issue, edits: IssueEdits, by: User): Issue {
      const issue = ledger.current(known)
      ledger.checkEditable(issue, by)
      const next = edited(issue, edits, by)
      const fields = changedFields(issue, next, Object.keys(edits) as (keyof IssueFields)[])
      ledger.commit([['issues', issue.id, next], ...ledger.history({ ...entryOf('IssueUpdated', next), fields })])
      return next
    },

    /**
     * A new key in another queue; the former key goes on naming the issue. Throws `Refusal` 404 for an unknown queue,
     * 422 for the one it is in, 423 where the issue is closed for editing.
     */
    moveIssue(known: Issue, queueKey: string, by: User, options: MoveOptions = {}): Issue {
      const issue = ledger.current(known)
      ledger.checkEditable(issue, by)
      const { queue, key, change } = nextKey(queueKey)
      if (queue.key === issue.queue) throw invalidField('queue', `Issue ${issue.key} is in queue ${queue.key} already.`)
      const moved = { key, queue: queue.key, previousQueue: issue.queue, aliases: [...issue.aliases, issue.key] }
      const status = options.initialStatus ? { status: 'open' } : {}
      const next = edited(issue, { ...options.edits, ...status, ...moved }, by)
      const fields = [
        { field: 'key', from: issue.key, to: next.key },
        { field: 'queue', from: issue.queue, to: next.queue },
      ]
      ledger.commit([change, ['issues', issue.id, next], ...ledger.history({ ...entryOf('IssueMoved', next), fields })])
      return next
    },
  }
}

const blank = { aliases: [], type: 'task', status: 'open', priority: 'normal', followers: [], tags: [] }

/** 24 hexadecimal digits, as Tracker's issue ids. */
const issueId = (number: number) => `5fb5a3f0e1d2${number.toString(16).padStart(12, '0')}`

const entryOf = (type: ChangelogEntry['type'], issue: Issue) => ({
  type,
  issueId: issue.id,
  updatedAt: issue.updatedAt,
  updatedBy: issue.updatedBy,
})

function changedFields(before: Issue, after: Issue, names: readonly (keyof IssueFields)[]) {
  return names
    .filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(field => ({ field, from: before[field] ?? null, to: after[field] ?? null }))
}
