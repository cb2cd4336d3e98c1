import type { World } from '../../world/world.ts'

export type ApiVersion = 'v2' | 'v3'

/** The form in which a caller gets what the API answers. */
export type DocumentForm = {
  readonly world: World
  /** The address up to the version, without a slash at its end. */
  readonly base: string
  /** As in the documents since 2025. */
  readonly isNew: boolean
  readonly hasTextIds: boolean
}

export function documentForm(world: World, base: string, version: ApiVersion): DocumentForm {
  const { documents, linkIds } = world.settings()
  const isNew = documents === 'by-version' ? version === 'v3' : documents === 'new'
  return { world, base, isNew, hasTextIds: linkIds === 'string' }
}

/** The address of a thing, which every document carries. */
export const selfOf = ({ base }: DocumentForm, ...path: (string | number)[]): string =>
  [base, ...path.map(part => encodeURIComponent(part))].join('/')

export const linkIdOf = ({ hasTextIds }: DocumentForm, id: number): string | number => (hasTextIds ? `${id}` : id)
