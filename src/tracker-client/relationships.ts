/** How an issue may be linked to another, as `POST …/links` takes it (tracker contract, section 7). */
export const relationships = [
  'relates',
  'is dependent by',
  'depends on',
  'is subtask for',
  'is parent task for',
  'duplicates',
  'is duplicated by',
  'is epic of',
  'has epic',
] as const
export type Relationship = (typeof relationships)[number]

/** As `links/_import` takes it: two more. */
export const importedRelationships = [...relationships, 'clone', 'original'] as const
export type ImportedRelationship = (typeof importedRelationships)[number]

/** The same link as the other issue has it. */
export const mirrored: Record<ImportedRelationship, ImportedRelationship> = {
  relates: 'relates',
  'is dependent by': 'depends on',
  'depends on': 'is dependent by',
  'is subtask for': 'is parent task for',
  'is parent task for': 'is subtask for',
  duplicates: 'is duplicated by',
  'is duplicated by': 'duplicates',
  'is epic of': 'has epic',
  'has epic': 'is epic of',
  clone: 'original',
  original: 'clone',
}

/** Relationships in which the issue itself is the main one, which a list tells as `direction: outward` (seed 002). */
const outward: readonly ImportedRelationship[] = [
  'is dependent by',
  'is parent task for',
  'is duplicated by',
  'is epic of',
  'clone',
]

/** Types of links as lists name them. Documents show `relates` and `subtask`; the others are named after them. */
const typesOf: Record<string, readonly string[]> = {
  relates: ['relates'],
  'is dependent by': ['depends'],
  'is parent task for': ['subtask'],
  'is duplicated by': ['duplicates'],
  'is epic of': ['epic'],
  clone: ['clone', 'original', 'cloned', 'clones'],
}

/** Whether an entry of a list of links is a link of this relationship. */
export function isRelationship(
  link: { type: { id: string }; direction: string | undefined },
  relationship: ImportedRelationship,
): boolean {
  const isOutward = outward.includes(relationship)
  const main = isOutward ? relationship : mirrored[relationship]
  if (!typesOf[main]?.includes(link.type.id)) return false
  return relationship === 'relates' || link.direction === undefined || (link.direction === 'outward') === isOutward
}
