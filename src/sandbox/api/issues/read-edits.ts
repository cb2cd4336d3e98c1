import { formatTrackerDate, parseTrackerDate } from '../../../tracker-contract/tracker-date.ts'
import type { IssueEdits } from '../../world/issues.ts'
import type { Issue } from '../../world/records.ts'
import { issueTypes, priorities, type Word } from '../../world/vocabulary.ts'
import type { World } from '../../world/world.ts'
import { addFault, type FieldFaults, readText, refuseFaults } from '../requests/field-faults.ts'
import { type Body, bodyFields, isObject, textOf } from '../requests/read-body.ts'

/** Lists that are always empty here. The official client sends them empty with every sub-issue that it creates. */
const alwaysEmpty = ['fixVersions', 'components']

/** Read elsewhere when an issue is created, and changed by a move, by links, or never. Files are accepted and not kept. */
const readElsewhere = (isNew: boolean) => (isNew ? ['attachmentIds', 'queue', 'parent', 'unique'] : ['attachmentIds'])

/** The edits of an issue that a body asks for. Throws `Refusal` 422 with every fault. */
export function readIssueEdits(world: World, body: unknown, issue: Issue): IssueEdits {
  const faults: FieldFaults = {}
  const edits = readEdits(world, bodyFields(body), faults, issue)
  refuseFaults(faults)
  return edits
}

/**
 * The new values in a body, in the forms of the general request format: a value by id, key or name, in an object or in `set`;
 * lists with `add`, `remove`, `set`, `replace`; null to remove a value. Without an issue they are those of a new one.
 */
export function readEdits(world: World, body: Body, faults: FieldFaults, issue?: Issue): IssueEdits {
  const edits: IssueEdits = {}
  const readUser = (value: unknown, field: string) => readUid(world, value, field, faults)
  for (const [field, wish] of Object.entries(body)) {
    if (readElsewhere(issue === undefined).includes(field)) continue
    const value = plain(wish)
    if (alwaysEmpty.includes(field) && (value === null || isEmptyList(value))) continue
    if (field === 'summary') edits.summary = readText(faults, { summary: value }, field) ?? ''
    else if (field === 'description')
      edits.description = value === null ? undefined : readText(faults, { description: value }, field)
    else if (field === 'type') edits.type = readWord(issueTypes, value, field, faults)
    else if (field === 'priority') edits.priority = readWord(priorities, value, field, faults)
    else if (field === 'assignee') edits.assignee = value === null ? undefined : readUser(value, field)
    else if (field === 'deadline') edits.deadline = value === null ? undefined : readDay(value, faults)
    else if (field === 'followers')
      edits.followers = editList(issue?.followers ?? [], wish, one => readUser(one, field), field, faults)
    else if (field === 'tags')
      edits.tags = editList(issue?.tags ?? [], wish, one => readTag(one, faults), field, faults)
    else if (field === 'status') addFault(faults, field, 'status is changed by a transition, not by an edit.')
    else addFault(faults, field, `${field} is not a field of an issue in the sandbox.`)
  }
  return edits
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0

/** `{ set: value }` is another way to write a value. */
const plain = (wish: unknown): unknown => (isObject(wish) && 'set' in wish ? wish.set : wish)

/** `1`, `"1"`, `"bug"`, `{ id: "1" }`, `{ key: "bug" }` or `{ name: "Bug" }`; if there are several, all must agree. */
function readWord(words: readonly Word[], value: unknown, field: string, faults: FieldFaults): string {
  const found = words.find(word =>
    isObject(value)
      ? ['id', 'key', 'name'].some(part => part in value) &&
        (value.id === undefined || textOf(value.id) === word.id) &&
        (value.key === undefined || value.key === word.key) &&
        (value.name === undefined || value.name === word.name)
      : textOf(value) === word.id || value === word.key,
  )
  if (!found) addFault(faults, field, `${field} must be one of ${words.map(({ key }) => key).join(', ')}.`)
  return found?.key ?? ''
}

/** A user by login, uid, or an object with one of them; undefined for no known user, which is a fault. */
function readUid(world: World, value: unknown, field: string, faults: FieldFaults): string | undefined {
  // One client sends an assignee as a list of one.
  const [one] = [value].flat()
  const name = textOf(isObject(one) ? (one.id ?? one.uid ?? one.passportUid ?? one.login) : one)
  const user = world.user(name)
  return user?.uid ?? addFault(faults, field, `User ${name} does not exist.`)
}

function readTag(value: unknown, faults: FieldFaults): string | undefined {
  return typeof value === 'string' && value !== '' ? value : addFault(faults, 'tags', 'A tag is not a string.')
}

/** A day, or a moment whose day it is. */
function readDay(value: unknown, faults: FieldFaults): string | undefined {
  const text = textOf(value)
  const moment = parseTrackerDate(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
  return moment
    ? formatTrackerDate(moment).slice(0, 10)
    : addFault(faults, 'deadline', `deadline is ${text}, not YYYY-MM-DD.`)
}

/** A list after `add`, `remove`, `set` and `replace`, or simply the given list. */
function editList(
  before: readonly string[],
  wish: unknown,
  read: (value: unknown) => string | undefined,
  field: string,
  faults: FieldFaults,
): string[] {
  const readAll = (values: unknown) => [values ?? []].flat().flatMap(value => read(value) ?? [])
  if (!isObject(wish)) return unique(readAll(wish))
  const strange = Object.keys(wish).filter(name => !['add', 'remove', 'set', 'replace'].includes(name))
  if (strange.length > 0)
    addFault(faults, field, `${field} takes add, remove, set and replace, not ${strange.join(', ')}.`)
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
