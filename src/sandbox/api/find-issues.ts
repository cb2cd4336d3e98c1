import type { Issue, User } from '../world/records.ts'
import { notFound, Refusal } from '../world/refusal.ts'
import type { World } from '../world/world.ts'
import { readQuery } from './query-language.ts'
import { type Body, isObject, textOf } from './read-body.ts'

/** Values that an issue may have in a field, in a condition or an order. */
type Values = (issue: Issue, world: World) => readonly (string | undefined)[]

/** The fields that can be searched by, in the words of both `filter` and the query language, without spaces and case. */
const fields: Readonly<Record<string, Values>> = {
  key: issue => [issue.key],
  // Only the present key is found, as the documents say of moves.
  queue: issue => [issue.queue],
  previousqueue: issue => [issue.previousQueue],
  oldqueue: issue => [issue.previousQueue],
  unique: issue => [issue.unique],
  summary: issue => [issue.summary],
  type: issue => [issue.type],
  status: issue => [issue.status],
  priority: issue => [issue.priority],
  assignee: (issue, world) => loginAndUid(world, issue.assignee),
  author: (issue, world) => loginAndUid(world, issue.createdBy),
  createdby: (issue, world) => loginAndUid(world, issue.createdBy),
  updatedby: (issue, world) => loginAndUid(world, issue.updatedBy),
  followers: (issue, world) => issue.followers.flatMap(uid => loginAndUid(world, uid)),
  tags: issue => issue.tags,
  epic: (issue, world) => above(world, issue, 'epic'),
  parent: (issue, world) => above(world, issue, 'subtask'),
  created: issue => [issue.createdAt],
  createdat: issue => [issue.createdAt],
  updated: issue => [issue.updatedAt],
  updatedat: issue => [issue.updatedAt],
  deadline: issue => [issue.deadline],
}

/** One condition: one of the values has to be there. `empty()`, `notEmpty()` and `me()` are taken as values. */
export type Condition = { field: string; values: readonly string[] }
export type Order = { field: string; isDescending: boolean }

/**
 * The issues that a body asks for by `queue`, `keys`, `filter` or `query`; criteria that are null count as absent. Throws
 * `Refusal` 400 for several criteria or none of the language, 404 for an unknown queue.
 */
export function findIssues(world: World, body: Body, user: User): Issue[] {
  const criteria = ['queue', 'keys', 'filter', 'query', 'filterId'].filter(name => isGiven(body[name]))
  if (criteria.length > 1)
    throw new Refusal(400, { errorMessages: ['You can only use keys, a queue, or a search query'] })
  if (isGiven(body.filterId)) throw notFound(`Filter ${nameOf(body.filterId)} does not exist: the sandbox keeps none.`)
  if (isGiven(body.queue)) return inQueue(world, nameOf(body.queue))
  if (isGiven(body.keys)) return withKeys(world, [body.keys].flat().map(nameOf))
  const { conditions, orders } = isGiven(body.query)
    ? readQuery(nameOf(body.query))
    : { conditions: filterConditions(body.filter), orders: readOrders(body.order) }
  const found = world.issues().filter(issue => conditions.every(condition => matches(world, issue, condition, user)))
  return sorted(world, found, orders)
}

const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''

function inQueue(world: World, name: string): Issue[] {
  const queue = world.queue(name)
  if (!queue) throw notFound(`Queue ${name} does not exist.`)
  return sorted(
    world,
    world.issues().filter(issue => issue.queue === queue.key),
    [{ field: 'key', isDescending: false }],
  )
}

/** Sorted by name, as the documents say. A former key finds nothing. */
function withKeys(world: World, keys: readonly string[]): Issue[] {
  const wanted = new Set(keys.flatMap(text => text.split(',')).map(key => key.trim().toUpperCase()))
  const found = [...wanted].flatMap(key => world.issue(key) ?? []).filter(issue => wanted.has(issue.key))
  return sorted(world, found, [{ field: 'summary', isDescending: false }])
}

const filterConditions = (filter: unknown): Condition[] =>
  Object.entries((filter ?? {}) as Body)
    .filter(([, value]) => isGiven(value))
    .map(([field, value]) => ({ field, values: [value].flat().map(nameOf) }))

/** `+updated`, `-key`, several in a list or with commas. */
function readOrders(order: unknown): Order[] {
  const texts = [order ?? []]
    .flat()
    .map(nameOf)
    .flatMap(text => text.split(','))
  return texts
    .filter(isGiven)
    .map(text => ({ field: text.trim().replace(/^[+-]/, ''), isDescending: text.trim().startsWith('-') }))
}

/** A value, or an object that names one by `key`, `id`, `login` or `name`. */
function nameOf(value: unknown): string {
  const named = textOf(isObject(value) ? (value.key ?? value.login ?? value.id ?? value.name) : value)
  if (named !== '') return named
  throw new Refusal(400, {
    errorMessages: ['A value to search for is neither a text nor a number, nor an object that names one.'],
  })
}

const wordOf = (field: string) => field.replaceAll(/[\s_]/g, '').toLowerCase()

function valuesOf(field: string): Values {
  const values = knownValues(field)
  if (values) return values
  throw new Refusal(400, { errors: { [field]: `The sandbox cannot search by ${field}.` } })
}

function knownValues(field: string): Values | undefined {
  const word = wordOf(field)
  return Object.hasOwn(fields, word) ? fields[word] : undefined
}

function matches(world: World, issue: Issue, { field, values }: Condition, user: User): boolean {
  const present = valuesOf(field)(issue, world).flatMap(value => value?.toLowerCase() ?? [])
  const isPart = wordOf(field) === 'summary'
  return values.some(value => {
    const wanted = value.toLowerCase()
    if (wanted === 'empty()') return present.length === 0
    if (wanted === 'notempty()') return present.length > 0
    if (wanted === 'me()') return present.includes(user.uid)
    return isPart ? present.some(text => text.includes(wanted)) : present.includes(wanted)
  })
}

/** An order by a field that is not known here is passed over: an example of the documents misspells one. */
function sorted(world: World, issues: readonly Issue[], orders: readonly Order[]): Issue[] {
  const keys = orders.flatMap(({ field, isDescending }) => {
    const values = knownValues(field)
    return values ? [{ values, isDescending }] : []
  })
  return issues.toSorted((one, other) => {
    for (const { values, isDescending } of keys) {
      const [a, b] = [values(one, world)[0] ?? '', values(other, world)[0] ?? '']
      const order = collator.compare(a, b)
      if (order !== 0) return isDescending ? -order : order
    }
    return 0
  })
}

/** The epic or the parent of an issue. */
const above = (world: World, issue: Issue, type: string) =>
  world
    .issueLinksOf(issue)
    .filter(link => link.type === type && link.inwardOf === issue.id)
    .map(link => world.issue(link.outwardOf)?.key)

// TEST-2 before TEST-10.
const collator = new Intl.Collator('en', { numeric: true })

const loginAndUid = (world: World, uid: string | undefined) => (uid === undefined ? [] : [uid, world.user(uid)?.login])
