import type { Issue, User } from '../../world/records.ts'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import { readableIssues, refusedStatus } from '../issues/readable.ts'
import { type Body, isObject, textOf } from '../requests/read-body.ts'
import type { Condition, Operand, SortOrder } from './condition.ts'
import { issueTest } from './issue-test.ts'
import { readQuery } from './read-query.ts'
import { sorted } from './sort-issues.ts'

const criteria = ['queue', 'keys', 'filter', 'query', 'filterId']
/** What else a search may have in its body, or in an address that has the criteria too. */
const others = ['order', 'orderBy', 'orderAsc', 'expand', 'fields', 'embed', 'perPage', 'page']

/**
 * The issues that a body asks for by `queue`, `keys`, `filter` or `query`; null counts as absent, and so does an empty query.
 * Throws `Refusal` 400 for several criteria at once and for whatever is not understood, 404 for an unknown queue.
 */
export function findIssues(world: World, body: Body, user: User): Issue[] {
  const given = Object.keys(body).filter(name => isGiven(body[name]))
  const strange = given.filter(name => !criteria.includes(name) && !others.includes(name))
  if (strange.length > 0)
    throw new Refusal(400, {
      errors: Object.fromEntries(strange.map(name => [name, `A search takes ${criteria.join(', ')}, not ${name}.`])),
    })
  const chosen = given.filter(name => criteria.includes(name) && !(name === 'query' && isBlank(body.query)))
  if (chosen.length > 1)
    throw new Refusal(400, { errorMessages: ['You can only use keys, a queue, or a search query'] })
  if (isGiven(body.filterId))
    throw notFound(`Filter ${nameOf(body.filterId, 'filterId')} does not exist: the sandbox has no saved filters.`)
  if (isGiven(body.queue)) return inQueue(world, nameOf(body.queue, 'queue'))
  if (isGiven(body.keys)) return withKeys(world, namesOf(body.keys, 'keys'))
  const { condition, orders } =
    chosen[0] === 'query' ? readQuery(readText(body.query)) : { condition: readFilter(body.filter), orders: [] }
  const isWanted = issueTest(condition, { world, user, now: new Date() })
  // What a query says itself comes first.
  return sorted(world, readableIssues(world).filter(isWanted), orders.length > 0 ? orders : readOrders(body.order))
}

const isGiven = (value: unknown) => value !== undefined && value !== null
const isBlank = (value: unknown) => typeof value === 'string' && value.trim() === ''

function inQueue(world: World, name: string): Issue[] {
  const queue = world.queue(name)
  if (!queue) throw notFound(`Queue ${name} does not exist.`)
  const found = readableIssues(world).filter(issue => issue.queue === queue.key)
  return sorted(world, found, [{ field: 'key', isDescending: false }])
}

/** Sorted by name, as the documents say. A former key finds nothing. */
function withKeys(world: World, keys: readonly string[]): Issue[] {
  const wanted = new Set(keys.flatMap(text => text.split(',')).map(key => key.trim().toUpperCase()))
  const settings = world.settings()
  const found = [...wanted]
    .flatMap(key => world.issue(key) ?? [])
    .filter(issue => wanted.has(issue.key) && refusedStatus(settings, issue) === undefined)
  return sorted(world, found, [{ field: 'summary', isDescending: false }])
}

function readText(query: unknown): string {
  if (typeof query === 'string') return query
  throw new Refusal(400, { errors: { query: 'query is not a string.' } })
}

/** Each field has one of its values, written as they are; `empty()` and the other functions may be values too. */
function readFilter(filter: unknown): Condition {
  if (isGiven(filter) && !isObject(filter))
    throw new Refusal(400, { errors: { filter: 'filter is not an object: write { "queue": "TEST" }.' } })
  const fields = Object.entries(filter ?? {}).filter(([, value]) => isGiven(value))
  const parts = fields.map(([field, value]) => ({
    kind: 'field' as const,
    field,
    values: namesOf(value, field).map(text => ({ operator: '=' as const, operand: filterOperand(text, field) })),
  }))
  return { kind: 'and', parts }
}

function filterOperand(text: string, field: string): Operand {
  const [, name] = /^\s*([A-Za-z]+)\(\s*\)\s*$/.exec(text) ?? []
  if (name !== undefined) return { kind: 'call', text: name.toLowerCase(), shifts: [] }
  if (/^\s*[!#~<>]|^\s*[A-Za-z]+\(.*\)/s.test(text))
    throw new Refusal(400, {
      errors: {
        [field]: `${field}: a filter takes values as they are, and ${text} is not one. Use query for operators.`,
      },
    })
  return { kind: 'text', text, shifts: [] }
}

/** `+updated`, `-key`, several in a list or with commas. */
function readOrders(order: unknown): SortOrder[] {
  const texts = isGiven(order) && order !== '' ? namesOf(order, 'order').flatMap(text => text.split(',')) : []
  return texts
    .filter(text => !isBlank(text))
    .map(text => ({ field: text.trim().replace(/^[+-]/, ''), isDescending: text.trim().startsWith('-') }))
}

/** One value or several; none at all would find nothing, or everything. */
function namesOf(value: unknown, field: string): string[] {
  const names = [value].flat().map(one => nameOf(one, field))
  if (names.length > 0) return names
  throw new Refusal(400, { errors: { [field]: `${field} is an empty list: leave it out, or name a value.` } })
}

/** A value, or an object that names one by `key`, `login`, `id` or `name`. */
function nameOf(value: unknown, field: string): string {
  const named = textOf(isObject(value) ? (value.key ?? value.login ?? value.id ?? value.name) : value)
  if (named.trim() !== '') return named
  throw new Refusal(400, {
    errors: { [field]: `${field} must be a string that is not empty, a number, or an object that names a value.` },
  })
}
