import { dateOf, type Fields, fieldsOf, neededText, textOf, type UserReference, userOf } from './read-fields.ts'

/**
 * What remote links and links between issues have in common. `direction` is `outward` if the issue that was asked for is the main
 * one, `inward` if the other is; with `relates` it means nothing.
 */
export type LinkFrame = {
  id: string
  type: { id: string; inward: string | undefined; outward: string | undefined }
  direction: string | undefined
  createdBy: UserReference | undefined
  updatedBy: UserReference | undefined
  createdAt: Date | undefined
  updatedAt: Date | undefined
}

/** Throws TrackerError. */
export function readLinkFrame(fields: Fields): LinkFrame {
  const type = fieldsOf(fields.type, 'the type of a link')
  return {
    id: neededText(fields.id, 'the id of a link'),
    type: {
      id: neededText(type.id, 'the id of a link type'),
      inward: textOf(type.inward),
      outward: textOf(type.outward),
    },
    direction: textOf(fields.direction),
    createdBy: userOf(fields.createdBy),
    updatedBy: userOf(fields.updatedBy),
    createdAt: dateOf(fields.createdAt),
    updatedAt: dateOf(fields.updatedAt),
  }
}
