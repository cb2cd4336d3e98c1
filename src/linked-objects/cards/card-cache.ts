import { LRUCache } from 'lru-cache'
import type { ObjectChangeListener } from '../../storage/objects/object-changes.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { type Card, createCard, markedCard } from './card.ts'
import {
  createEpochs,
  currentEpoch,
  type Epochs,
  endEpoch,
  isSure,
  type Learned,
  noEpoch,
  proveHearing,
  stopHearing,
} from './epochs.ts'
import { addLookup, isCurrent, type Lookup, type Lookups, overtakeLookups, removeLookup } from './lookups.ts'

/** Beside the card itself, what is known of it. Moments are milliseconds of a clock that never jumps. */
export type Knowledge = {
  /** When it was last known to be true. */
  trueAt: number
  /** Until when it is answered without a lookup, as long as it is sure; Infinity if every change is notified. */
  freshUntil: number
  /** Whether the database has this card, or a later one. */
  isStored: boolean
}

/** A card in memory. */
export type RememberedCard = Card &
  Learned &
  Knowledge & {
    /** Its source is not asked again before that. */
    restsUntil: number
  }

/** The objects in memory. */
type Memory = {
  cards: LRUCache<string, RememberedCard>
  /** Objects that do not exist, as far as is known, and until when that counts. */
  unknowns: LRUCache<string, Learned & { until: number }>
  /** Former keys and the present key of each, or null for a key that is none. */
  aliases: LRUCache<string, Learned & { present: RemoteKey | null }>
  epochs: Epochs
  lookups: Lookups
  now: () => number
}

/**
 * The cards that were asked for, and which objects do not exist. Cards that have not been asked for longest make room. The
 * `listener` is told of changes: what they make unsure is kept, but is looked up before it is answered.
 */
export type CardCache = Memory & { listener: ObjectChangeListener }

/** Estimated bytes of a card beside its texts: its entry, its place in the list. */
const overhead = 400
/** Bytes of memory for objects that do not exist, and for former keys: some 20,000 keys each. */
const unknownBytes = 4 * 1024 * 1024

/** A cache of at most `bytes` of cards. */
export function createCardCache(bytes: number, now = () => performance.now()): CardCache {
  const memory: Memory = {
    cards: new LRUCache({
      maxSize: bytes,
      sizeCalculation: (card, name) => Buffer.byteLength(card.json) + Buffer.byteLength(name) + overhead,
    }),
    unknowns: new LRUCache({
      maxSize: unknownBytes,
      sizeCalculation: (_unknown, name) => Buffer.byteLength(name) + overhead / 2,
    }),
    aliases: new LRUCache({
      maxSize: unknownBytes,
      sizeCalculation: ({ present }, name) => Buffer.byteLength(name) + Buffer.byteLength(present ?? '') + overhead / 2,
    }),
    epochs: createEpochs(),
    lookups: new Map(),
    now,
  }
  const listener: ObjectChangeListener = {
    changed: (applicationId, key) => noteChange(memory, applicationId, key),
    heard: () => proveHearing(memory.epochs, now()),
    deaf: () => stopHearing(memory.epochs),
  }
  return { ...memory, listener }
}

export const nameOf = (applicationId: string, key: string): string => `${applicationId} ${key}`

export const getCard = (cache: CardCache, applicationId: string, key: string): RememberedCard | undefined =>
  cache.cards.get(nameOf(applicationId, key))

/** Whether the card may be answered without a lookup. */
export const isFresh = (cache: CardCache, card: RememberedCard): boolean =>
  isSure(card) && (card.freshUntil === Infinity || cache.now() < card.freshUntil)

/** The card as the last good one, marked: for when nothing better is to be had. */
export const lastGoodCard = (cache: CardCache, card: RememberedCard): Card =>
  markedCard(card, cache.now() - lastTrueAt(card))

/** Begins a lookup of objects; call `endLookup` whatever comes of it. */
export function beginLookup(cache: CardCache, applicationId: string, keys: readonly string[]): Lookup {
  const current = currentEpoch(cache.epochs, applicationId)
  const names = keys.map(key => nameOf(applicationId, key))
  const lookup = { names, current, epoch: current.number, began: cache.now(), isOvertaken: false }
  addLookup(cache.lookups, lookup)
  return lookup
}

export const endLookup = (cache: CardCache, lookup: Lookup): void => removeLookup(cache.lookups, lookup)

/** The epoch in which the result of a lookup was learned. */
export const epochLearned = (cache: CardCache, lookup: Lookup): number =>
  cache.epochs.isHearing && isCurrent(lookup) ? lookup.epoch : noEpoch

/** Remembers the card that a lookup found, unless memory knows better. Returns what is remembered. */
export function putCard(
  cache: CardCache,
  lookup: Lookup,
  applicationId: string,
  info: ObjectInfo,
  knowledge: Knowledge,
): RememberedCard {
  const name = nameOf(applicationId, info.key)
  const epoch = epochLearned(cache, lookup)
  const known = cache.cards.peek(name)
  if (known && epoch === noEpoch && (isSure(known) || !isLater(knowledge, known))) return known
  const restsUntil = knowledge.isStored ? (known?.restsUntil ?? 0) : 0
  const { json, etag } = createCard(info)
  const { trueAt, freshUntil, isStored } = knowledge
  // Field by field: copies of other objects would have a list of fields beside them, with room for more.
  const card = { json, etag, current: lookup.current, epoch, restsUntil, trueAt, freshUntil, isStored }
  cache.cards.set(name, card)
  cache.unknowns.delete(name)
  return card
}

/** Keeps the card, but as one that is not sure. */
export const doubtCard = (cache: CardCache, applicationId: string, key: string): void =>
  doubt(cache, nameOf(applicationId, key))

export const dropCard = (cache: CardCache, applicationId: string, key: string): void =>
  void cache.cards.delete(nameOf(applicationId, key))

function noteChange(memory: Memory, applicationId: string, key: string | undefined): void {
  if (key === undefined) {
    endEpoch(memory.epochs, applicationId, memory.now())
    return
  }
  const name = nameOf(applicationId, key)
  overtakeLookups(memory.lookups, name)
  const unknown = memory.unknowns.peek(name)
  if (unknown) unknown.epoch = noEpoch
  const alias = memory.aliases.peek(name)
  if (alias) alias.epoch = noEpoch
  doubt(memory, name)
}

function doubt({ cards, now }: Memory, name: string): void {
  const card = cards.peek(name)
  if (card === undefined || !isSure(card)) return
  if (card.freshUntil === Infinity) card.trueAt = now()
  card.epoch = noEpoch
}

/** When the card was last known to be true: if every change is notified, it was so until its epoch ended. */
const lastTrueAt = ({ current, epoch, trueAt, freshUntil }: RememberedCard) =>
  freshUntil === Infinity && epoch === current.number - 1 ? Math.max(trueAt, current.began) : trueAt

/**
 * Whether a card is later than the one in memory. A stored card of a source replaces a stored one: the database never goes
 * back, while moments reckoned on two machines may be off a little.
 */
const isLater = (knowledge: Knowledge, known: RememberedCard) =>
  knowledge.trueAt > known.trueAt || (knowledge.isStored && known.isStored && known.freshUntil !== Infinity)
