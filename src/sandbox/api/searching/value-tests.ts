import { parseTrackerDate } from '../../../tracker-contract/tracker-date.ts'
import type { Issue, User } from '../../world/records.ts'
import { Refusal } from '../../world/refusal.ts'
import type { Word } from '../../world/vocabulary.ts'
import type { World } from '../../world/world.ts'
import type { IssueTest, Operand, Value } from './condition.ts'
import { type Interval, intervalOf } from './date-values.ts'
import { knownField, type SearchableField } from './searchable-fields.ts'

/** Who searches, where, and when. */
export type Searcher = { readonly world: World; readonly user: User; readonly now: Date }

/** Whether an issue has this value in the field. Throws `Refusal` 400 for a value that the field does not take. */
export function testOf(name: string, field: SearchableField, value: Value, searcher: Searcher): IssueTest {
  const refuse = (reason: string) => new Refusal(400, { errors: { [name]: `${name}: ${reason}.` } })
  const isDate = field.values === 'moment' || field.values === 'day'
  if (!isDate && value.operator !== '=' && value.operator !== '!') throw refuse(`${value.operator} is only for dates`)
  const content = (issue: Issue) => field.content(issue, searcher.world).flatMap(one => one ?? [])
  const { shifts } = value.operand
  const isEmpty = emptiness(value.operand, field)
  if (isEmpty !== undefined) {
    if (value.operator !== '=' && value.operator !== '!') throw refuse(`${value.operand.text}() cannot be compared`)
    return issue => (content(issue).length === 0) === (value.operator === '=' ? isEmpty : !isEmpty)
  }
  if (isDate) return dateTest(value, content, searcher.now, refuse)
  if (shifts.length > 0) throw refuse('+ and - are only for dates')
  const accepts = valueTest(field, value, searcher, refuse)
  return value.operator === '=' ? issue => content(issue).some(accepts) : issue => !content(issue).some(accepts)
}

type Refuse = (reason: string) => Refusal

/** Whether a function wants the field to be empty; undefined for any other value. */
function emptiness({ kind, text, shifts }: Operand, field: SearchableField): boolean | undefined {
  if (kind !== 'call' || shifts.length > 0) return undefined
  if (text === 'empty' || text === 'notempty') return text === 'empty'
  return text === 'unresolved' && field === knownField('resolution') ? true : undefined
}

/** Whether one thing that an issue has is the wanted one. */
function valueTest(field: SearchableField, value: Value, searcher: Searcher, refuse: Refuse): (one: string) => boolean {
  const { operand } = value
  const { world } = searcher
  if (field.values === 'user') return oneOf(usersNamed(operand, searcher, refuse))
  if (field.values === 'word') return oneOf(wordsNamed(operand, field.words, refuse))
  if (operand.kind === 'call') throw refuse(`the sandbox does not play ${operand.text}() here`)
  const wanted = operand.text.trim().toLowerCase()
  if (wanted === '') throw refuse('a value is empty; empty() finds issues without one')
  if (field.values === 'queue') {
    const queues = world
      .queues()
      .filter(({ id, key, name }) => [id, key, name].some(one => one.toLowerCase() === wanted))
    if (queues.length === 0) throw refuse(`queue ${operand.text} does not exist`)
    return oneOf(queues.map(({ key }) => key))
  }
  if (field.values === 'issueKey') {
    if (!/^[a-z][a-z0-9]*-\d+$/.test(wanted)) throw refuse(`${operand.text} is not the key of an issue`)
    return one => one.toLowerCase() === wanted
  }
  if (field.values === 'exact') return one => one === operand.text
  if (field.values === 'tag') return one => one.toLowerCase() === wanted
  return value.operator === '!' ? one => one.toLowerCase().includes(wanted) : hasWords(wanted)
}

const oneOf = (wanted: readonly string[]) => (one: string) => wanted.includes(one)

/** Every word of the wanted text begins a word of the other. Tracker finds other forms of a word too. */
function hasWords(wanted: string): (one: string) => boolean {
  const words = wordsIn(wanted)
  return one => {
    const present = wordsIn(one)
    return words.every(word => present.some(other => other.startsWith(word)))
  }
}

const wordsIn = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text.toLowerCase()]

/** `login@`, a login, a uid, a full, first or last name, or `me()`. */
function usersNamed({ kind, text }: Operand, { world, user }: Searcher, refuse: Refuse): string[] {
  if (kind === 'call') {
    if (text === 'me') return [user.uid]
    throw refuse(`the sandbox does not play ${text}() here`)
  }
  const wanted = text.trim().toLowerCase()
  const names = (one: User) =>
    wanted.endsWith('@') ? [`${one.login}@`] : [one.login, one.uid, one.display, one.firstName, one.lastName]
  const found = world.users().filter(one => names(one).some(name => name.toLowerCase() === wanted))
  if (wanted === '' || found.length === 0) throw refuse(`user ${text} does not exist`)
  return found.map(({ uid }) => uid)
}

/** Words by key, name or id. */
function wordsNamed({ kind, text }: Operand, words: readonly Word[], refuse: Refuse): string[] {
  const wanted = text.trim().toLowerCase()
  const found = words.filter(({ id, key, name }) => [id, key, name].some(one => one.toLowerCase() === wanted))
  if (kind === 'text' && found.length > 0) return found.map(({ key }) => key)
  const known = words.length === 0 ? 'the sandbox has none' : `it is one of ${words.map(({ name }) => name).join(', ')}`
  throw refuse(kind === 'call' ? `the sandbox does not play ${text}() here` : `${text} is not known: ${known}`)
}

type Content = (issue: Issue) => string[]

/** A day is the interval of its hours. "Not earlier than" and "not later than" a day include all of it. */
function dateTest(value: Value, content: Content, now: Date, refuse: Refuse): IssueTest {
  const wanted = intervalOf(value.operand, now, refuse)
  const end = value.operator === '..' ? intervalOf(value.end, now, refuse) : wanted
  const isIn = (at: number): boolean => comparisons[value.operator](at, wanted, end)
  const isAny = (issue: Issue) =>
    content(issue).some(text => isIn((parseTrackerDate(text) ?? new Date(text)).getTime()))
  return value.operator === '!' ? issue => !isAny(issue) : isAny
}

const isInside = (at: number, { from }: Interval, { to }: Interval) => at >= from && at <= to

const comparisons: Record<Value['operator'], (at: number, wanted: Interval, end: Interval) => boolean> = {
  '=': isInside,
  '!': isInside,
  '..': isInside,
  '>=': (at, { from }) => at >= from,
  '>': (at, { from }) => at > from,
  '<': (at, { from }) => at < from,
  '<=': (at, { to }) => at <= to,
}
