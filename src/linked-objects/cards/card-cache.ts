import { LRUCache } from 'lru-cache'
import type { ObjectChangeListener } from '../../storage/objects/object-changes.ts'
import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import { type Card, createCard, markedCard } from './card.ts'

/**
 * An application's stretch of time in which every change was told. What was learned in the present one is sure; it ends
 * where changes may have been missed, or where any object may have changed.
 */
type Era = { number: number; began: number }

/** No era: what is not sure. */
const noEra = -1

type Remembered = {
  ofApplication: Era
  /** The era in which it was learned. */
  era: number
}

/** A card in memory. Moments are milliseconds of a clock that never jumps. */
export type RememberedCard = Card &
  Remembered & {
    /** When it was last known to be true. */
    trueAt: number
    /** Until when it is the answer without a look elsewhere, as long as it is sure; Infinity where changes are always told. */
    freshUntil: number
    /** Before that its source is not asked again. */
    restsUntil: number
    /** Whether the database has this card, or a later one. */
    isStored: boolean
  }

/** A look at objects elsewhere that is under way: what it brings is sure only if no change was told meanwhile. */
export type Reading = { names: readonly string[]; ofApplication: Era; era: number; began: number; isOvertaken: boolean }

/** What is put into memory beside the card itself. */
export type Knowledge = { trueAt: number; freshUntil: number; isStored: boolean }

/** Bytes reckoned for a card beside its texts: its entry, its place in the list. */
const overhead = 400
/** Bytes of memory for what is known not to exist: some 20,000 keys. */
const unknownBytes = 4 * 1024 * 1024

const nameOf = (applicationId: string, key: string) => `${applicationId} ${key}`

export type CardCache = ReturnType<typeof createCardCache>

/**
 * Cards in memory, at most `bytes` of them, those not asked for longest making room; and which objects do not exist. It hears
 * of changes (see storage/objects/object-changes.ts): what may have changed since is kept, but is not sure any more.
 */
export function createCardCache(bytes: number, now = () => performance.now()) {
  const cards = new LRUCache<string, RememberedCard>({
    maxSize: bytes,
    sizeCalculation: (card, name) => Buffer.byteLength(card.json) + Buffer.byteLength(name) + overhead,
  })
  const unknowns = new LRUCache<string, Remembered & { until: number }>({
    maxSize: unknownBytes,
    sizeCalculation: (_unknown, name) => Buffer.byteLength(name) + overhead / 2,
  })
  const eras = new Map<string, Era>()
  const readings = new Map<string, Set<Reading>>()
  const hearing = { now: false, provenAt: 0 }

  const eraOf = (applicationId: string): Era => {
    const known = eras.get(applicationId)
    if (known !== undefined) return known
    const era = { number: 0, began: 0 }
    eras.set(applicationId, era)
    return era
  }
  const endEra = (era: Era | undefined, moment: number) => {
    if (era === undefined) return
    era.number++
    era.began = moment
  }
  const isSure = ({ ofApplication, era }: Remembered) => era === ofApplication.number
  const isCurrent = (reading: Reading) => !reading.isOvertaken && isSure(reading)
  const eraLearned = (reading: Reading) => (hearing.now && isCurrent(reading) ? reading.era : noEra)

  const doubt = (name: string) => {
    const card = cards.peek(name)
    if (card === undefined || !isSure(card)) return
    if (card.freshUntil === Infinity) card.trueAt = now()
    card.era = noEra
  }
  const listener: ObjectChangeListener = {
    changed(applicationId, key) {
      if (key === undefined) return endEra(eras.get(applicationId), now())
      const name = nameOf(applicationId, key)
      for (const reading of readings.get(name) ?? []) reading.isOvertaken = true
      const unknown = unknowns.peek(name)
      if (unknown) unknown.era = noEra
      doubt(name)
    },
    heard() {
      hearing.now = true
      hearing.provenAt = now()
    },
    deaf() {
      if (hearing.now) for (const era of eras.values()) endEra(era, hearing.provenAt)
      hearing.now = false
    },
  }
  /** Since when the card may be untrue: where all changes are told, it was true until its era ended. */
  const lastTrueAt = ({ ofApplication, era, trueAt, freshUntil }: RememberedCard) =>
    freshUntil === Infinity && era === ofApplication.number - 1 ? Math.max(trueAt, ofApplication.began) : trueAt

  /** What the database has of a source's card is never earlier than what it had; moments of two machines tell less. */
  const isLater = (knowledge: Knowledge, known: RememberedCard) =>
    knowledge.trueAt > known.trueAt || (knowledge.isStored && known.isStored && known.freshUntil !== Infinity)

  return {
    listener,
    get: (applicationId: string, key: string) => cards.get(nameOf(applicationId, key)),
    /** Whether no change can have been missed since the card was learned. */
    isSure,
    /** Whether the card is the answer without a look elsewhere. */
    isFresh: (card: RememberedCard) => isSure(card) && (card.freshUntil === Infinity || now() < card.freshUntil),
    /** The card as the answer where nothing better is to be had. */
    marked: (card: RememberedCard) => markedCard(card, now() - lastTrueAt(card)),

    /** Begins a look at objects elsewhere; `end` it whatever comes of it. */
    begin(applicationId: string, keys: readonly string[]): Reading {
      const ofApplication = eraOf(applicationId)
      const names = keys.map(key => nameOf(applicationId, key))
      const reading = { names, ofApplication, era: ofApplication.number, began: now(), isOvertaken: false }
      for (const name of names) {
        const others = readings.get(name)
        if (others === undefined) readings.set(name, new Set([reading]))
        else others.add(reading)
      }
      return reading
    },
    end(reading: Reading): void {
      for (const name of reading.names) {
        const others = readings.get(name)
        others?.delete(reading)
        if (others?.size === 0) readings.delete(name)
      }
    },
    /** Whether no change was told since the look began. */
    isCurrent,

    /** Remembers a card that a reading brought, unless memory knows better; returns what is remembered. */
    put(reading: Reading, applicationId: string, info: ObjectInfo, knowledge: Knowledge): RememberedCard {
      const name = nameOf(applicationId, info.key)
      const era = eraLearned(reading)
      const known = cards.peek(name)
      if (known && era === noEra && (isSure(known) || !isLater(knowledge, known))) return known
      const { ofApplication } = reading
      const restsUntil = knowledge.isStored ? (known?.restsUntil ?? 0) : 0
      const card = { ...createCard(info), ofApplication, era, restsUntil, ...knowledge }
      cards.set(name, card)
      unknowns.delete(name)
      return card
    },
    /** The card is kept, but is not sure any more. */
    doubt: (applicationId: string, key: string) => doubt(nameOf(applicationId, key)),
    drop: (applicationId: string, key: string) => void cards.delete(nameOf(applicationId, key)),

    /** Remembers that an object does not exist, until a moment; not where a change of it was told meanwhile. */
    putUnknown(reading: Reading, applicationId: string, key: string, until: number): void {
      if (reading.isOvertaken) return
      const name = nameOf(applicationId, key)
      cards.delete(name)
      unknowns.set(name, { ofApplication: reading.ofApplication, era: eraLearned(reading), until })
    },
    /** An object that was known not to exist is not in the database either. */
    confirmUnknown(reading: Reading, applicationId: string, key: string): void {
      const unknown = unknowns.peek(nameOf(applicationId, key))
      if (unknown) unknown.era = eraLearned(reading)
    },
    /** Whether an object is known not to exist; `surely`: and no change can have been missed since. */
    isUnknown(applicationId: string, key: string, { surely }: { surely: boolean }): boolean {
      const unknown = unknowns.get(nameOf(applicationId, key))
      return unknown !== undefined && now() < unknown.until && (!surely || isSure(unknown))
    },
  }
}
