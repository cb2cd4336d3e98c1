import type { Application } from '../../config/schema.ts'

/** What the owner should know of the applications that anybody may call, a sentence each. */
export const openToAnybody = (applications: readonly Application[]): string[] =>
  applications
    .filter(({ authorization }) => authorization.kind === 'none')
    .map(({ id }) => `anybody may call ${id}: authorization is none`)
