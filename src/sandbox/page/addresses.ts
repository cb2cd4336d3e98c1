import type { Issue } from '../world/records.ts'
import { notFound } from '../world/refusal.ts'
import type { World } from '../world/world.ts'

export const queueAddress = (key: string) => `/queues/${encodeURIComponent(key)}`

export const issueAddress = (key: string) => `/issues/${encodeURIComponent(key)}`

/** The issue that the `:key` of an address names. Throws `Refusal` 404. */
export function issueAt(world: World, params: unknown): Issue {
  const { key } = params as { key: string }
  const issue = world.issue(key)
  if (!issue) throw notFound(`There is no issue ${key}.`)
  return issue
}
