import type { IssueLink } from '../tracker-client/issue-links.ts'
import { type ImportedRelationship, mirrored } from '../tracker-client/relationships.ts'

/** How a list of links shows a relationship. */
export type Reading = { type: string; direction: string | undefined }

type Seen = Pick<IssueLink, 'type' | 'direction'>

/**
 * Tells which entry of a list of links is a link of which relationship. Tracker's documents do not say which direction goes
 * with which words, so it is learned from its answers; until then a link of the same kind in either direction counts, because
 * two issues that depend on each other, say, are hardly meant.
 */
export function createLinkMatcher() {
  const readings = new Map<ImportedRelationship, Reading>()
  return {
    learn(relationship: ImportedRelationship, { type, direction }: Reading): void {
      readings.set(relationship, { type, direction })
      readings.set(mirrored[relationship], { type, direction: opposite(direction) })
    },

    matches(relationship: ImportedRelationship, link: Seen): boolean {
      const reading = readings.get(relationship)
      if (!reading) return typesOf[relationship].includes(link.type.id)
      if (reading.type !== link.type.id) return false
      return relationship === 'relates' || reading.direction === link.direction
    },
  }
}

const opposite = (direction: string | undefined) =>
  direction === 'outward' ? 'inward' : direction === 'inward' ? 'outward' : direction

/** Types of links as lists name them: documents show `relates` and `subtask`, the others are named after them. */
const typesOf: Record<ImportedRelationship, readonly string[]> = {
  relates: ['relates'],
  'is dependent by': ['depends'],
  'depends on': ['depends'],
  'is subtask for': ['subtask'],
  'is parent task for': ['subtask'],
  duplicates: ['duplicates'],
  'is duplicated by': ['duplicates'],
  'is epic of': ['epic'],
  'has epic': ['epic'],
  clone: ['clone', 'original', 'cloned', 'clones'],
  original: ['clone', 'original', 'cloned', 'clones'],
}
