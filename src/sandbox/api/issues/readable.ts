import type { Issue } from '../../world/records.ts'
import type { Settings } from '../../world/settings.ts'
import type { World } from '../../world/world.ts'

/** The status that requests for an issue are refused with; undefined if it may be read. */
export const refusedStatus = ({ unreadable }: Settings, { id, key, aliases }: Issue): 403 | 404 | undefined =>
  [id, key, ...aliases].map(name => unreadable[name]).find(status => status !== undefined)

/** The issues that a search may find. */
export function readableIssues(world: World): Issue[] {
  const settings = world.settings()
  return world.issues().filter(issue => refusedStatus(settings, issue) === undefined)
}
