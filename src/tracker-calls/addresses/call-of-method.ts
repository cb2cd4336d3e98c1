import type { TrackerCall } from '../../tracker-contract/tracker-call.ts'

/** The call that a method makes, whatever the address. */
export const callOfMethod: Readonly<Record<string, TrackerCall>> = {
  GET: 'entityInfo',
  HEAD: 'entityInfo',
  POST: 'createLink',
  DELETE: 'removeLink',
}
