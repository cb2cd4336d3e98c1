import { isAbsolute, relative } from 'node:path'
import type { Place } from './place-of-error.ts'

/** A place as compilers write it, from the folder where the program was started: `crm-objects.ts:12:5`. */
export function formatPlace({ file, line, column }: Place): string {
  const path = relative(process.cwd(), file)
  const isBelow = path !== '' && !path.startsWith('..') && !isAbsolute(path)
  return [isBelow ? path : file, line, column].filter(part => part !== undefined).join(':')
}

/** The same as the end of a sentence; nothing if no place is known. */
export const tellPlace = (place: Place | undefined): string => (place ? `, at ${formatPlace(place)}` : '')
