import type { Issue, User } from '../../world/records.ts'
import { notFound, Refusal } from '../../world/refusal.ts'
import type { World } from '../../world/world.ts'
import { type Body, isObject, textOf } from '../requests/read-body.ts'
import { type Condition, readQuery, type SortOrder } from './query-language.ts'
import { valuesOf, wordOf } from './searchable-fields.ts'

/**
 * The issues that a body asks for by `queue`, `keys`, `filter` or `query`; null counts as absent. Throws `Refusal` 400 for
 * several criteria at once and for one that the sandbox cannot search by, 404 for an unknown queue.
 */
export function findIssues(world: World, body: Body, user: User): Issue[] {
  const criteria = ['queue', 'keys', 'filter', 'query', 'filterId'].filter(name => isGiven(body[name]))
  if (criteria.length > 1)
    throw new Refusal(400, { errorMessages: ['You can only use keys, a queue, or a search query'] })
  if (isGiven(body.filterId))
    throw notFound(`Filter ${nameOf(body.filterId)} does not exist: the sandbox has no saved filters.`)
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
  const found = world.issues().filter(issue => issue.queue === queue.key)
  return sorted(world, found, [{ field: 'key', isDescending: false }])
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
function readOrders(order: unknown): SortOrder[] {
  const texts = [order ?? []]
    .flat()
    .map(nameOf)
    .flatMap(text => text.split(','))
  return texts
    .filter(isGiven)
    .map(text => ({ field: text.trim().replace(/^[+-]/, ''), isDescending: text.trim().startsWith('-') }))
}

/** A value, or an object that names one by `key`, `login`, `id` or `name`. */
function nameOf(value: unknown): string {
  const named = textOf(isObject(value) ? (value.key ?? value.login ?? value.id ?? value.name) : value)
  if (named !== '') return named
  throw new Refusal(400, {
    errorMessages: ['A value to search for must be a string, a number, or an object that names one.'],
  })
}

function matches(world: World, issue: Issue, { field, values }: Condition, user: User): boolean {
  const valuesIn = valuesOf(field)
  if (!valuesIn) throw new Refusal(400, { errors: { [field]: `The sandbox cannot search by ${field}.` } })
  const present = valuesIn(issue, world).flatMap(value => value?.toLowerCase() ?? [])
  const isPart = wordOf(field) === 'summary'
  return values.some(value => {
    const wanted = value.toLowerCase()
    if (wanted === 'empty()') return present.length === 0
    if (wanted === 'notempty()') return present.length > 0
    if (wanted === 'me()') return present.includes(user.uid)
    return isPart ? present.some(text => text.includes(wanted)) : present.includes(wanted)
  })
}

/** An unknown order is ignored: an example in the documents misspells one. */
function sorted(world: World, issues: readonly Issue[], orders: readonly SortOrder[]): Issue[] {
  const known = orders.flatMap(({ field, isDescending }) => {
    const values = valuesOf(field)
    return values ? [{ values, isDescending }] : []
  })
  return issues.toSorted((one, other) => {
    for (const { values, isDescending } of known) {
      const [a, b] = [values(one, world)[0] ?? '', values(other, world)[0] ?? '']
      const order = collator.compare(a, b)
      if (order !== 0) return isDescending ? -order : order
    }
    return 0
  })
}

// TEST-2 before TEST-10.
const collator = new Intl.Collator('en', { numeric: true })
