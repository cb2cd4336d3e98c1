import type { IssueLink } from '../tracker-client/issue-links.ts'
import { type ImportedRelationship, mirrored } from '../tracker-client/relationships.ts'

/** The form in which a list of links shows a relationship. */
export type LinkForm = { type: string; direction: string | undefined }

type Seen = Pick<IssueLink, 'type' | 'direction'>

/**
 * Tells whether an entry of a list of links is a link of a given relationship. Tracker's documents do not say which direction
 * belongs to which words, so it is learned from its answers. Until then a link of the same type in either direction matches:
 * two issues that depend on each other, for example, are hardly meant.
 */
export function createLinkMatcher() {
  const forms = new Map<ImportedRelationship, LinkForm>()
  return {
    learn(relationship: ImportedRelationship, { type, direction }: LinkForm): void {
      forms.set(relationship, { type, direction })
      forms.set(mirrored[relationship], { type, direction: opposite(direction) })
    },

    matches(relationship: ImportedRelationship, link: Seen): boolean {
      const form = forms.get(relationship)
      if (!form) return typesOf[relationship].includes(link.type.id)
      if (form.type !== link.type.id) return false
      return relationship === 'relates' || form.direction === link.direction
    },
  }
}

const opposite = (direction: string | undefined) =>
  direction === 'outward' ? 'inward' : direction === 'inward' ? 'outward' : direction

/** Types of links as lists name them: documents show `relates` and `subtask`; the others follow their pattern. */
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
