import type { CallTracker } from './call-tracker.ts'
import { allPages } from './pages.ts'
import { fieldsOf, neededText, textOf } from './read-fields.ts'

/** An external application that is registered in Tracker. */
export type RegisteredApplication = { id: string; type: string | undefined; name: string | undefined }

/** `GET /applications` (tracker contract, section 6.1). */
export const applicationCalls = (call: CallTracker) => ({
  /** All applications of the organization. */
  list: () => allPages(call, { method: 'GET', path: ['applications'] }, 'the applications', readApplication),
})

export function readApplication(value: unknown): RegisteredApplication {
  const { id, type, name } = fieldsOf(value, 'an application')
  return { id: neededText(id, 'the id of an application'), type: textOf(type), name: textOf(name) }
}
