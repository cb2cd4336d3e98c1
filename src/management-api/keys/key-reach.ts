import type { ApiCaller } from '../known-callers.ts'

/** Whether a key may use no application that the caller may not; no applications mean all. */
export function isWithin(key: { applications: readonly string[] }, { applications }: ApiCaller): boolean {
  if (applications.size === 0) return true
  return key.applications.length > 0 && key.applications.every(id => applications.has(id))
}
