import type { Issue } from '../../world/records.ts'
import { Refusal } from '../../world/refusal.ts'
import { issueTypes, priorities, relationships, statuses, type Word } from '../../world/vocabulary.ts'
import type { World } from '../../world/world.ts'

/** What an issue has in a field; nothing if it is empty. */
type Content = (issue: Issue, world: World) => readonly (string | undefined)[]

/** A field to search by: what its values are decides which conditions it takes. */
export type SearchableField = { readonly content: Content } & (
  | { readonly values: 'issueKey' | 'queue' | 'text' | 'exact' | 'tag' | 'user' | 'moment' | 'day' }
  | { readonly values: 'word'; readonly words: readonly Word[] }
)

const moment = (name: 'createdAt' | 'updatedAt') =>
  ({ values: 'moment', content: (issue: Issue) => [issue[name]] }) as const
const user = (content: Content) => ({ values: 'user', content }) as const

/** Names are in lower case without spaces: those of the query language, and those of an issue's document. */
const fields: Readonly<Record<string, SearchableField>> = {
  key: { values: 'issueKey', content: issue => [issue.key] },
  queue: { values: 'queue', content: issue => [issue.queue] },
  previousqueue: { values: 'queue', content: issue => [issue.previousQueue] },
  // Every queue that the issue was moved from.
  oldqueue: { values: 'queue', content: issue => issue.aliases.map(key => key.replace(/-\d+$/, '')) },
  unique: { values: 'exact', content: issue => [issue.unique] },
  summary: { values: 'text', content: issue => [issue.summary] },
  description: { values: 'text', content: issue => [issue.description] },
  type: { values: 'word', words: issueTypes, content: issue => [issue.type] },
  status: { values: 'word', words: statuses, content: issue => [issue.status] },
  priority: { values: 'word', words: priorities, content: issue => [issue.priority] },
  // No issue has one here.
  resolution: { values: 'word', words: [], content: () => [] },
  tags: { values: 'tag', content: issue => issue.tags },
  assignee: user(issue => [issue.assignee]),
  author: user(issue => [issue.createdBy]),
  createdby: user(issue => [issue.createdBy]),
  modifier: user(issue => [issue.updatedBy]),
  updatedby: user(issue => [issue.updatedBy]),
  followers: user(issue => issue.followers),
  related: user(issue => [issue.createdBy, issue.assignee, ...issue.followers]),
  created: moment('createdAt'),
  createdat: moment('createdAt'),
  updated: moment('updatedAt'),
  updatedat: moment('updatedAt'),
  deadline: { values: 'day', content: issue => [issue.deadline] },
  epic: linked('has epic'),
  parent: linked('is subtask for'),
  linkedto: { values: 'issueKey', content: (issue, world) => otherKeys(world, issue, () => true) },
  // `Clone` and `Original` are left out: the documents on search and those on links give them opposite meanings.
  ...Object.fromEntries(
    Object.keys(relationships)
      .filter(words => words !== 'clone' && words !== 'original')
      .map(words => [nameOf(words), linked(words)]),
  ),
}

/** Issues by the keys of those that they have this relationship to. */
function linked(words: string): SearchableField {
  const { type, direction } = relationships[words] as (typeof relationships)[string]
  return {
    values: 'issueKey',
    content: (issue, world) =>
      otherKeys(world, issue, link => {
        if (link.type !== type) return false
        return type === 'relates' || (direction === 'outward' ? link.outwardOf : link.inwardOf) === issue.id
      }),
  }
}

function otherKeys(world: World, issue: Issue, isMeant: (link: ReturnType<World['issueLinksOf']>[number]) => boolean) {
  return world
    .issueLinksOf(issue)
    .filter(isMeant)
    .map(link => world.issue(link.outwardOf === issue.id ? link.inwardOf : link.outwardOf)?.key)
}

function nameOf(written: string): string {
  return written.replaceAll(/[\s_]/g, '').toLowerCase()
}

export function knownField(name: string): SearchableField | undefined {
  const word = nameOf(name)
  return Object.hasOwn(fields, word) ? fields[word] : undefined
}

/** Throws `Refusal` 400 for a field that the sandbox cannot search by. */
export function searchableField(name: string): SearchableField {
  const field = knownField(name)
  if (field) return field
  throw new Refusal(400, { errors: { [name]: `The sandbox cannot search by ${name}.` } })
}
