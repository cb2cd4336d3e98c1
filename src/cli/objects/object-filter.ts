import type { ObjectFilter } from '../../storage/objects/search-objects.ts'
import { momentOf } from '../audit/audit-options.ts'
import type { CommandInput } from '../command.ts'

/** The options that choose objects. */
export const objectOptions = [
  { flags: '--key-prefix <text>', summary: 'only objects whose key begins with this' },
  { flags: '--summary <text>', summary: 'only objects with this text in their summary, in upper or lower case' },
  { flags: '--status <name>', summary: 'only objects whose status has this name' },
  {
    flags: '--updated-since <moment>',
    summary: 'only objects changed from this moment on: 2027-01-31, or with a time',
  },
] as const

/** The objects that the options choose. Throws CommandRefusal. */
export function chosenObjects({ options }: CommandInput): ObjectFilter {
  const { keyPrefix, summary, status } = options
  const updatedSince = momentOf('--updated-since', options.updatedSince)
  return {
    ...(typeof keyPrefix === 'string' && { keyPrefix }),
    ...(typeof summary === 'string' && { summary }),
    ...(typeof status === 'string' && { status }),
    ...(updatedSince && { updatedSince }),
  }
}
