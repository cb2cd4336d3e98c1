import { LRUCache } from 'lru-cache'
import type { ObjectChangeListener } from '../storage/object-changes.ts'

/** A card ready to be sent. As text, which Node writes together with the headers; bytes would be a write of their own. */
export type Card = { json: string; etag: string }

/** Bytes reckoned for a card beside its texts: its entry, its place in the list. */
const overhead = 300

const nameOf = (applicationId: string, key: string) => `${applicationId} ${key}`

export type CardCache = ReturnType<typeof createCardCache>

/**
 * Cards in memory, at most `bytes` of them, those not asked for longest making room. It answers and remembers only while
 * it hears of changes (see storage/object-changes.ts); whatever may have changed unheard is forgotten.
 */
export function createCardCache(bytes: number) {
  const cards = new LRUCache<string, Card>({
    maxSize: bytes,
    sizeCalculation: (card, name) => Buffer.byteLength(card.json) + Buffer.byteLength(name) + overhead,
  })
  let isHearing = false
  let changes = 0

  const listener: ObjectChangeListener = {
    changed(applicationId, key) {
      changes++
      if (key !== undefined) cards.delete(nameOf(applicationId, key))
      else for (const name of cards.keys()) if (name.startsWith(nameOf(applicationId, ''))) cards.delete(name)
    },
    heard() {
      isHearing = true
    },
    deaf() {
      isHearing = false
      changes++
      cards.clear()
    },
  }
  return {
    listener,
    get: (applicationId: string, key: string) => cards.get(nameOf(applicationId, key)),
    /** A moment before a card is read from the database; `put` forgets a card that a change may have overtaken since. */
    now: () => changes,
    put(applicationId: string, key: string, card: Card, since: number): void {
      if (isHearing && since === changes) cards.set(nameOf(applicationId, key), card)
    },
  }
}
