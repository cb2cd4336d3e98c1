import type { IssueStory } from '../../world/issues.ts'
import type { Issue, User } from '../../world/records.ts'
import type { World } from '../../world/world.ts'
import { addFault, type FieldFaults, readText, refuseFaults } from '../requests/field-faults.ts'
import { type Body, nameOf, textOf } from '../requests/read-body.ts'
import { readEdits } from './read-edits.ts'

/** Creates the issue of a body, and its link to its parent. Throws `Refusal`: 422 with every fault, or as the world does. */
export function addIssue(world: World, body: Body, story: IssueStory, by: User): Issue {
  const faults: FieldFaults = {}
  const summary = readText(faults, body, 'summary') ?? ''
  const queue = world.queue(nameOf(body.queue))
  if (!queue) addFault(faults, 'queue', body.queue === undefined ? 'queue is required.' : 'The queue does not exist.')
  const parent = body.parent === undefined || body.parent === null ? undefined : world.issue(nameOf(body.parent))
  if (body.parent && !parent) addFault(faults, 'parent', 'The parent issue does not exist.')
  const edits = readEdits(world, body, faults)
  refuseFaults(faults)
  const given = Object.fromEntries(Object.entries(edits).filter(([, value]) => value !== undefined))
  const unique = textOf(body.unique)
  const fixed = { ...story, ...(unique !== '' && { unique }), summary, queue: queue?.key ?? '' }
  const issue = world.createIssue({ ...given, ...fixed }, by)
  if (parent) world.addIssueLink({ issue, other: parent, relationship: 'is subtask for', by })
  return issue
}
