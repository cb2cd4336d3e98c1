import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { LinkedObjectModel } from '../prisma-client/models.ts'
import { objectInfo } from './object-columns.ts'

/** An object with what is stored beside its card. */
export type StoredObject = {
  info: ObjectInfo
  /** The application's own version of it, where it was ever given. */
  sequence?: bigint
  /** When it was last written here. */
  storedAt: Date
  /** When its source last said so, where it is not pushed. */
  fetchedAt?: Date
}

/** A row as the object it holds. */
export function storedObject(row: LinkedObjectModel): StoredObject {
  return {
    info: objectInfo(row),
    ...(row.sequence !== null && { sequence: row.sequence }),
    storedAt: row.storedAt,
    ...(row.fetchedAt !== null && { fetchedAt: row.fetchedAt }),
  }
}
