import {
  dateOf,
  fieldsOf,
  neededText,
  numberOf,
  type Reference,
  referenceOf,
  textOf,
  textsOf,
  type UserReference,
  userOf,
} from './read-fields.ts'

/** An issue. Its id survives a move to another queue; its former keys are in `aliases`. */
export type Issue = {
  id: string
  key: string
  aliases: string[]
  version: number | undefined
  summary: string | undefined
  description: string | undefined
  queue: Reference | undefined
  previousQueue: Reference | undefined
  type: Reference | undefined
  priority: Reference | undefined
  status: Reference | undefined
  parent: Reference | undefined
  assignee: UserReference | undefined
  followers: UserReference[]
  tags: string[]
  /** A day, `2024-06-01`. */
  deadline: string | undefined
  createdBy: UserReference | undefined
  updatedBy: UserReference | undefined
  createdAt: Date | undefined
  updatedAt: Date | undefined
}

/** Throws TrackerError. */
export function readIssue(value: unknown): Issue {
  const fields = fieldsOf(value, 'an issue')
  return {
    id: neededText(fields.id, 'the id of an issue'),
    key: neededText(fields.key, 'the key of an issue'),
    aliases: textsOf(fields.aliases),
    version: numberOf(fields.version),
    summary: textOf(fields.summary),
    description: textOf(fields.description),
    queue: referenceOf(fields.queue),
    previousQueue: referenceOf(fields.previousQueue),
    type: referenceOf(fields.type),
    priority: referenceOf(fields.priority),
    status: referenceOf(fields.status),
    parent: referenceOf(fields.parent),
    assignee: userOf(fields.assignee),
    followers: Array.isArray(fields.followers) ? fields.followers.flatMap(user => userOf(user) ?? []) : [],
    tags: textsOf(fields.tags),
    deadline: textOf(fields.deadline),
    createdBy: userOf(fields.createdBy),
    updatedBy: userOf(fields.updatedBy),
    createdAt: dateOf(fields.createdAt),
    updatedAt: dateOf(fields.updatedAt),
  }
}
