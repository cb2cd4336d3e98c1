import { changelogEntry, checkEditable, commit, current, type Ledger, nextNumber, now } from './ledger.ts'
import type { ChangelogEntry, Issue, User } from './records.ts'
import { invalidField, notFound, Refusal } from './refusal.ts'

/** What a user may set in an issue. */
export type IssueFields = Pick<
  Issue,
  'summary' | 'description' | 'type' | 'status' | 'priority' | 'assignee' | 'followers' | 'tags' | 'deadline'
>

/** When and by whom an issue was created, for one that is older than the sandbox. Moments in Tracker's form, in UTC. */
export type IssueStory = Partial<
  Pick<Issue, 'createdAt' | 'updatedAt' | 'createdBy' | 'updatedBy' | 'version' | 'unique'>
>

/** An issue to start a world with; what is left out gets a default. */
export type NewIssue = Partial<IssueFields> & { queue: string; summary: string } & IssueStory & { history?: History }

/** What happened to an issue before the sandbox began. */
type History = readonly Omit<ChangelogEntry, 'id' | 'issueId'>[]

/** New values; undefined removes a value. */
export type IssueEdits = { -readonly [Field in keyof IssueFields]?: IssueFields[Field] | undefined }

/** `initialStatus` opens the issue again; `edits` are made with the move. */
export type MoveOptions = { initialStatus?: boolean; edits?: IssueEdits }

/** Throws `Refusal` 404 for an unknown queue, 422 for an empty summary, 409 for a `unique` that is taken. */
export function createIssue(ledger: Ledger, { queue: queueKey, history = [], ...given }: NewIssue, by: User): Issue {
  if (given.summary.trim() === '') throw invalidField('summary', 'summary is empty: give the issue a title.')
  const { queue, key, change } = nextKey(ledger, queueKey)
  const twin = given.unique === undefined ? undefined : findUnique(ledger, given.unique)
  if (twin) throw new Refusal(409, { errorMessages: [`Issue ${twin.key} has the unique value ${given.unique}.`] })
  const { number, change: count } = nextNumber(ledger, 'issues')
  const createdAt = now()
  const issue: Issue = {
    id: issueId(number),
    key,
    queue: queue.key,
    version: 1,
    ...blank,
    createdAt,
    updatedAt: createdAt,
    createdBy: by.uid,
    updatedBy: by.uid,
    ...given,
  }
  const entries = [entryOf('IssueCreated', issue), ...history.map(entry => ({ ...entry, issueId: issue.id }))]
  const story = entries.flatMap(entry => changelogEntry(ledger, entry))
  commit(ledger, [change, count, ['issues', issue.id, issue], ...story])
  return issue
}

/** Throws `Refusal` 423 if the issue is closed for editing. */
export function editIssue(ledger: Ledger, known: Issue, edits: IssueEdits, by: User): Issue {
  const issue = current(ledger, known)
  checkEditable(ledger, issue, by)
  const next = edited(issue, edits, by)
  const fields = changedFields(issue, next, Object.keys(edits) as (keyof IssueFields)[])
  const story = changelogEntry(ledger, { ...entryOf('IssueUpdated', next), fields })
  commit(ledger, [['issues', issue.id, next], ...story])
  return next
}

/**
 * Gives the issue a key in another queue; the former key still names it. Throws `Refusal` 404 for an unknown queue, 422 for
 * the queue that it is in, 423 if the issue is closed for editing.
 */
export function moveIssue(
  ledger: Ledger,
  known: Issue,
  queueKey: string,
  by: User,
  { initialStatus, edits }: MoveOptions = {},
): Issue {
  const issue = current(ledger, known)
  checkEditable(ledger, issue, by)
  const { queue, key, change } = nextKey(ledger, queueKey)
  if (queue.key === issue.queue) throw invalidField('queue', `Issue ${issue.key} is already in queue ${queue.key}.`)
  const moved = { key, queue: queue.key, previousQueue: issue.queue, aliases: [...issue.aliases, issue.key] }
  const next = edited(issue, { ...edits, ...(initialStatus && { status: 'open' }), ...moved }, by)
  const fields = [
    { field: 'key', from: issue.key, to: next.key },
    { field: 'queue', from: issue.queue, to: next.queue },
  ]
  const story = changelogEntry(ledger, { ...entryOf('IssueMoved', next), fields })
  commit(ledger, [change, ['issues', issue.id, next], ...story])
  return next
}

export function findUnique({ tables }: Ledger, unique: string): Issue | undefined {
  return tables.issues.values().find(issue => issue.unique === unique)
}

/** The next key of a queue, with the change that remembers it. Throws `Refusal` 404 for an unknown queue. */
function nextKey({ tables }: Ledger, queueKey: string) {
  const queue = tables.queues.get(queueKey.toUpperCase())
  if (!queue) throw notFound(`Queue ${queueKey} does not exist.`)
  const lastNumber = queue.lastNumber + 1
  return {
    queue,
    key: `${queue.key}-${lastNumber}`,
    change: ['queues', queue.key, { ...queue, lastNumber }] as const,
  }
}

/** The issue with new values and the next version. */
function edited(issue: Issue, edits: Partial<Issue> | IssueEdits, by: User): Issue {
  const next = { ...issue, ...edits, version: issue.version + 1, updatedAt: now(), updatedBy: by.uid }
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) as Issue
}

const blank = { aliases: [], type: 'task', status: 'open', priority: 'normal', followers: [], tags: [] }

/** 24 hexadecimal digits, like the issue ids of Tracker. */
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
