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
