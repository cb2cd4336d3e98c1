import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkedObjectModel } from '../prisma-client/models.ts'

/** A column of `linked_object` that holds a part of the card. */
type Column = {
  name: string
  /** What it is called in the Prisma schema. */
  property: keyof LinkedObjectModel
  type: 'text' | 'bigint' | 'timestamptz'
  /** Its value, uids as text: JSON numbers would lose digits on the way. */
  of: (info: ObjectInfo) => string | Date | undefined
}

/** The card of an object, column by column, but for its key. All statements take their lists of columns from here. */
const cardColumns: readonly Column[] = [
  { name: 'summary', property: 'summary', type: 'text', of: info => info.summary },
  { name: 'icon_url', property: 'iconUrl', type: 'text', of: info => info.iconUrl },
  { name: 'status_name', property: 'statusName', type: 'text', of: info => info.status?.name },
  { name: 'status_description', property: 'statusDescription', type: 'text', of: info => info.status?.description },
  { name: 'resolution_name', property: 'resolutionName', type: 'text', of: info => info.resolution?.name },
  {
    name: 'resolution_description',
    property: 'resolutionDescription',
    type: 'text',
    of: info => info.resolution?.description,
  },
  {
    name: 'assignee_tracker_uid',
    property: 'assigneeTrackerUid',
    type: 'bigint',
    of: info => info.assignee?.trackerUid?.toString(),
  },
  {
    name: 'assignee_passport_uid',
    property: 'assigneePassportUid',
    type: 'bigint',
    of: info => info.assignee?.passportUid?.toString(),
  },
  { name: 'assignee_login', property: 'assigneeLogin', type: 'text', of: info => info.assignee?.login },
  { name: 'updated', property: 'updated', type: 'timestamptz', of: info => info.updated },
  { name: 'deadline', property: 'deadline', type: 'timestamptz', of: info => info.deadline },
]

const list = (text: (column: Column) => string) => Prisma.raw(cardColumns.map(text).join(', '))

/** The columns of a card as statements name them, separated by commas. */
export const columnList = {
  /** `summary, icon_url, …` */
  names: list(({ name }) => name),
  /** With their types, as a function that returns records declares them. */
  typed: list(({ name, type }) => `${name} ${type}`),
  /** Named as in the Prisma schema. */
  asModel: list(({ name, property }) => (name === property ? name : `${name} AS "${property}"`)),
  /** Of the row that is there already. */
  stored: list(({ name }) => `linked_object.${name}`),
  /** Of the row that was to be inserted. */
  excluded: list(({ name }) => `excluded.${name}`),
}

/** An object as a record of JSON with the names of its columns. Absent values are left out of the JSON. */
export function objectRecord(info: ObjectInfo): Record<string, unknown> {
  const record: Record<string, unknown> = { key: info.key }
  for (const { name, of } of cardColumns) record[name] = of(info)
  return record
}

/** A row as the card that it holds: absent fields left out. */
export function objectInfo(row: Omit<LinkedObjectModel, 'sequence' | 'fetchedAt' | 'storedAt'>): ObjectInfo {
  const assignee = {
    ...(row.assigneeTrackerUid !== null && { trackerUid: row.assigneeTrackerUid }),
    ...(row.assigneePassportUid !== null && { passportUid: row.assigneePassportUid }),
    ...(row.assigneeLogin !== null && { login: row.assigneeLogin }),
  }
  return {
    key: row.key as RemoteKey,
    summary: row.summary,
    ...(row.iconUrl !== null && { iconUrl: row.iconUrl }),
    ...(row.statusName !== null && { status: namedState(row.statusName, row.statusDescription) }),
    ...(row.resolutionName !== null && { resolution: namedState(row.resolutionName, row.resolutionDescription) }),
    ...(Object.keys(assignee).length > 0 && { assignee }),
    ...(row.updated !== null && { updated: row.updated }),
    ...(row.deadline !== null && { deadline: row.deadline }),
  }
}

const namedState = (name: string, description: string | null) =>
  description === null ? { name } : { name, description }
