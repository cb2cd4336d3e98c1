import { formatTrackerDate, parseTrackerDate } from '../../tracker-contract/tracker-date.ts'
import type { IssueEdits } from '../world/issues.ts'
import type { Issue } from '../world/records.ts'
import { issueTypes, priorities, type Word } from '../world/vocabulary.ts'
import type { World } from '../world/world.ts'
import { type Body, type fieldFaults, isObject, textOf } from './read-body.ts'

type Faults = ReturnType<typeof fieldFaults>

/** Lists that nothing can be put into here. The official client sends them empty with every sub-issue that it makes. */
const alwaysEmpty = ['fixVersions', 'components']

/** Files are taken and not kept; the others are read where an issue is made, and changed by a move, by links, or never. */
const takenElsewhere = (isNew: boolean) => (isNew ? ['attachmentIds', 'queue', 'parent', 'unique'] : ['attachmentIds'])

/**
 * The new values that a body asks for, in the forms of the general request format: a value by id, key or name, in an object
 * or `set`; lists with `add`, `remove`, `set`, `replace`; null to take a value away. Faults are told.
 */
export function readEdits(world: World, body: Body, faults: Faults, issue?: Issue): IssueEdits {
  const edits: IssueEdits = {}
  const readUser = (value: unknown, field: string) => readUid(world, value, field, faults)
  for (const [field, wish] of Object.entries(body)) {
    if (takenElsewhere(issue === undefined).includes(field)) continue
    const value = plain(wish)
    if (alwaysEmpty.includes(field) && (value === null || isEmptyList(value))) continue
    if (field === 'summary') edits.summary = faults.text({ summary: value }, field) ?? ''
    else if (field === 'description')
      edits.description = value === null ? undefined : faults.text({ description: value }, field)
    else if (field === 'type') edits.type = readWord(issueTypes, value, field, faults)
    else if (field === 'priority') edits.priority = readWord(priorities, value, field, faults)
    else if (field === 'assignee') edits.assignee = value === null ? undefined : readUser(value, field)
    else if (field === 'deadline') edits.deadline = value === null ? undefined : readDay(value, faults)
    else if (field === 'followers')
      edits.followers = editList(issue?.followers ?? [], wish, one => readUser(one, field), field, faults)
    else if (field === 'tags')
      edits.tags = editList(issue?.tags ?? [], wish, one => readTag(one, faults), field, faults)
    else if (field === 'status') faults.add(field, 'status is changed by a transition, not by an edit.')
    else faults.add(field, `${field} is no field of an issue in the sandbox.`)
  }
  return edits
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0

/** `{ set: value }` is another way to write a value. */
const plain = (wish: unknown): unknown => (isObject(wish) && 'set' in wish ? wish.set : wish)

/** `1`, `"1"`, `"bug"`, `{ id: "1" }`, `{ key: "bug" }` or `{ name: "Bug" }`; with several, all have to agree. */
function readWord(words: readonly Word[], value: unknown, field: string, faults: Faults): string {
  const found = words.find(word =>
    isObject(value)
      ? ['id', 'key', 'name'].some(part => part in value) &&
        (value.id === undefined || textOf(value.id) === word.id) &&
        (value.key === undefined || value.key === word.key) &&
        (value.name === undefined || value.name === word.name)
      : textOf(value) === word.id || value === word.key,
  )
  if (!found) faults.add(field, `${field} is none of ${words.map(({ key }) => key).join(', ')}.`)
  return found?.key ?? ''
}

/** A user by login, uid, or an object with one of them; undefined for nobody, which is told. */
function readUid(world: World, value: unknown, field: string, faults: Faults): string | undefined {
  // One client sends an assignee as a list of one.
  const [one] = [value].flat()
  const name = textOf(isObject(one) ? (one.id ?? one.uid ?? one.passportUid ?? one.login) : one)
  const user = world.user(name)
  return user?.uid ?? faults.add(field, `User ${name} does not exist.`)
}

function readTag(value: unknown, faults: Faults): string | undefined {
  return typeof value === 'string' && value !== '' ? value : faults.add('tags', 'A tag is not a string.')
}

/** A day, or a moment whose day it is. */
function readDay(value: unknown, faults: Faults): string | undefined {
  const text = textOf(value)
  const moment = parseTrackerDate(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  return moment
    ? formatTrackerDate(moment).slice(0, 10)
    : faults.add('deadline', `deadline is ${text}, not YYYY-MM-DD.`)
}

/** A list after `add`, `remove`, `set` or `replace`, or as the list given. */
function editList(
  before: readonly string[],
  wish: unknown,
  read: (value: unknown) => string | undefined,
  field: string,
  faults: Faults,
): string[] {
  const readAll = (values: unknown) => [values ?? []].flat().flatMap(value => read(value) ?? [])
  if (!isObject(wish)) return unique(readAll(wish))
  const strange = Object.keys(wish).filter(name => !['add', 'remove', 'set', 'replace'].includes(name))
  if (strange.length > 0) faults.add(field, `${field} knows add, remove, set and replace, not ${strange.join(', ')}.`)
  let list = 'set' in wish ? readAll(wish.set) : [...before]
  for (const pair of [wish.replace ?? []].flat()) {
    const { target, replacement } = isObject(pair) ? pair : {}
    const [from, to] = [read(target), read(replacement)]
    list = list.map(one => (one === from && to !== undefined ? to : one))
  }
  const removed = readAll(wish.remove)
  return unique([...list, ...readAll(wish.add)].filter(one => !removed.includes(one)))
}

const unique = (list: readonly string[]) => [...new Set(list)]
