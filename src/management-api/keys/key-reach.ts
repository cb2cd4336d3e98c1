import type { ApiCaller } from '../known-callers.ts'

/** Whether a key is limited to what an administrator's own key may use: applications, the empty list being all. */
export function isWithin(key: { applications: readonly string[] }, { applications }: ApiCaller): boolean {
  if (applications.size === 0) return true
  return key.applications.length > 0 && key.applications.every(id => applications.has(id))
}
