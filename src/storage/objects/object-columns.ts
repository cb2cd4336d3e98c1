import type { ObjectInfo } from '../../tracker-contract/object-info.ts'
import type { RemoteKey } from '../../tracker-contract/remote-key.ts'
import { Prisma } from '../prisma-client/client.ts'
import type { LinkedObjectModel } from '../prisma-client/models.ts'

/** A column of `linked_object` that holds a part of the card, and what it is called in the Prisma schema. */
type Column = { name: string; property: keyof LinkedObjectModel; type: 'text' | 'bigint' | 'timestamptz' }

/** The card of an object, column by column, but for its key. All statements take their lists of columns from here. */
const cardColumns = [
  { name: 'summary', property: 'summary', type: 'text' },
  { name: 'icon_url', property: 'iconUrl', type: 'text' },
  { name: 'status_name', property: 'statusName', type: 'text' },
  { name: 'status_description', property: 'statusDescription', type: 'text' },
  { name: 'resolution_name', property: 'resolutionName', type: 'text' },
  { name: 'resolution_description', property: 'resolutionDescription', type: 'text' },
  { name: 'assignee_tracker_uid', property: 'assigneeTrackerUid', type: 'bigint' },
  { name: 'assignee_passport_uid', property: 'assigneePassportUid', type: 'bigint' },
  { name: 'assignee_login', property: 'assigneeLogin', type: 'text' },
  { name: 'updated', property: 'updated', type: 'timestamptz' },
  { name: 'deadline', property: 'deadline', type: 'timestamptz' },
] as const satisfies readonly Column[]

/** A value for the key and for each column of `cardColumns`: the compiler sees to it that none is missing. */
type ObjectRecord = Record<'key' | (typeof cardColumns)[number]['name'], string | Date | undefined>

const list = (text: (column: Column) => string) => Prisma.raw(cardColumns.map(text).join(', '))

/** The columns of a card as statements name them, separated by commas. */
export const columnList = {
  /** `summary, icon_url, …` */
  names: list(({ name }) => name),
  /** With their types, as a function that returns records declares them. */
  typed: list(({ name, type }) => `${name} ${type}`),
  /** Of the row that is there already. */
  stored: list(({ name }) => `linked_object.${name}`),
  /** Of the row that was to be inserted. */
  excluded: list(({ name }) => `excluded.${name}`),
}

/** What statements past Prisma's engine read of a card (see statements.ts): uids as texts, times as milliseconds since 1970. */
export const plainCardColumns = ['key', ...cardColumns.map(plain)].join(', ')

function plain({ name, property, type }: Column): string {
  if (type === 'bigint') return `${name}::text AS "${property}"`
  if (type === 'timestamptz') return `(extract(epoch FROM ${name}) * 1000)::float8 AS "${property}"`
  return `${name} AS "${property}"`
}

/** An object as a record of JSON, uids as text: JSON numbers would lose digits on the way. Absent values are left out. */
export const objectRecord = (info: ObjectInfo): ObjectRecord => ({
  key: info.key,
  summary: info.summary,
  icon_url: info.iconUrl,
  status_name: info.status?.name,
  status_description: info.status?.description,
  resolution_name: info.resolution?.name,
  resolution_description: info.resolution?.description,
  assignee_tracker_uid: info.assignee?.trackerUid?.toString(),
  assignee_passport_uid: info.assignee?.passportUid?.toString(),
  assignee_login: info.assignee?.login,
  updated: info.updated,
  deadline: info.deadline,
})

/** What a card is made of. */
type CardRow = Omit<LinkedObjectModel, 'applicationId' | 'sequence' | 'fetchedAt' | 'storedAt'>

/** A row of `plainCardColumns`. */
export type PlainCardRow = {
  [Name in keyof CardRow]: CardRow[Name] extends bigint | null
    ? string | null
    : CardRow[Name] extends Date | null
      ? number | null
      : CardRow[Name]
}

/** A row of `plainCardColumns` as the card that it holds. */
export const plainObjectInfo = (row: PlainCardRow): ObjectInfo =>
  objectInfo({
    ...row,
    assigneeTrackerUid: row.assigneeTrackerUid === null ? null : BigInt(row.assigneeTrackerUid),
    assigneePassportUid: row.assigneePassportUid === null ? null : BigInt(row.assigneePassportUid),
    updated: row.updated === null ? null : new Date(row.updated),
    deadline: row.deadline === null ? null : new Date(row.deadline),
  })

/** A row as the card that it holds: absent fields left out. */
export function objectInfo(row: CardRow): ObjectInfo {
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
