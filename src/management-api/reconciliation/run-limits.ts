const limit = (description: string) => ({ type: 'integer', minimum: 0, maximum: 10_000_000, description }) as const

/** What bounds the repairs of a run; spread into `properties` of a body. */
export const limitProperties = {
  mostRepairs: limit('Send how many repairs the run may make; 1,000 unless sent.'),
  mostPerIssue: limit('Send how many repairs in Tracker an issue may get on a day; 20 unless sent.'),
  acceptRemovals: limit(
    'Send how many links may vanish from a side although they are more than 30 % of all; 0 unless sent.',
  ),
} as const

export type RunLimits = { mostRepairs?: number; mostPerIssue?: number; acceptRemovals?: number }

/** The limits that a body has. */
export const limitsOf = ({ mostRepairs, mostPerIssue, acceptRemovals }: RunLimits): RunLimits => ({
  ...(mostRepairs !== undefined && { mostRepairs }),
  ...(mostPerIssue !== undefined && { mostPerIssue }),
  ...(acceptRemovals !== undefined && { acceptRemovals }),
})
