/**
 * A map whose entries end at a moment of the clock `now`. At most `limit` are held: the one that was set first makes room.
 */
export function createExpiringMap<V>(limit: number, now: () => number) {
  const entries = new Map<string, { value: V; until: number }>()
  return {
    get(key: string): V | undefined {
      const entry = entries.get(key)
      if (!entry) return undefined
      if (now() < entry.until) return entry.value
      entries.delete(key)
      return undefined
    },
    set(key: string, value: V, until: number): void {
      entries.delete(key)
      if (entries.size >= limit) entries.delete(entries.keys().next().value as string)
      entries.set(key, { value, until })
    },
  }
}
