import type { Issue } from '../../world/records.ts'
import type { World } from '../../world/world.ts'

/** The values of an issue in a field, for a condition or an order. */
export type FieldValues = (issue: Issue, world: World) => readonly (string | undefined)[]

/** By the words of both `filter` and the query language, without spaces and in lower case. */
const fields: Readonly<Record<string, FieldValues>> = {
  key: issue => [issue.key],
  // Only the present key is found, as the documents say about moves.
  queue: issue => [issue.queue],
  previousqueue: issue => [issue.previousQueue],
  oldqueue: issue => [issue.previousQueue],
  unique: issue => [issue.unique],
  summary: issue => [issue.summary],
  type: issue => [issue.type],
  status: issue => [issue.status],
  priority: issue => [issue.priority],
  assignee: (issue, world) => uidAndLogin(world, issue.assignee),
  author: (issue, world) => uidAndLogin(world, issue.createdBy),
  createdby: (issue, world) => uidAndLogin(world, issue.createdBy),
  updatedby: (issue, world) => uidAndLogin(world, issue.updatedBy),
  followers: (issue, world) => issue.followers.flatMap(uid => uidAndLogin(world, uid)),
  tags: issue => issue.tags,
  epic: (issue, world) => above(world, issue, 'epic'),
  parent: (issue, world) => above(world, issue, 'subtask'),
  created: issue => [issue.createdAt],
  createdat: issue => [issue.createdAt],
  updated: issue => [issue.updatedAt],
  updatedat: issue => [issue.updatedAt],
  deadline: issue => [issue.deadline],
}

export const wordOf = (field: string) => field.replaceAll(/[\s_]/g, '').toLowerCase()

export function valuesOf(field: string): FieldValues | undefined {
  const word = wordOf(field)
  return Object.hasOwn(fields, word) ? fields[word] : undefined
}

const uidAndLogin = (world: World, uid: string | undefined) => (uid === undefined ? [] : [uid, world.user(uid)?.login])

/** The epic or the parent of an issue. */
const above = (world: World, issue: Issue, type: string) =>
  world
    .issueLinksOf(issue)
    .filter(link => link.type === type && link.inwardOf === issue.id)
    .map(link => world.issue(link.outwardOf)?.key)
